"""`/api/v1/keys` and `/api/v1/me`."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors, services
from accounts.errors import NotSignedIn
from accounts.models import ApiKey, Scope, User
from accounts.schema import KEY_EXAMPLE, ME_EXAMPLE, NEW_KEY_EXAMPLE
from accounts.serializers import ApiKeySerializer, CreateApiKeySerializer, MeSerializer, NewApiKeySerializer
from common.errors import NotFound
from common.pagination import NewestFirst
from common.schema import problems


class KeyPages(NewestFirst):
    ordering = ("-created", "-id")


class Keys(ListAPIView):
    """The caller's API keys. Needs a session, or a key of scope `manage`."""

    required_scopes = {"GET": Scope.MANAGE, "POST": Scope.MANAGE}
    serializer_class = ApiKeySerializer
    pagination_class = KeyPages
    filter_backends = []
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> Any:
        return selectors.keys_of(user=caller(self.request))

    @extend_schema(
        operation_id="keys_list",
        summary="List your API keys",
        tags=["keys"],
        responses={200: ApiKeySerializer(many=True), **problems(401, 403, 404, 406, 429)},
        examples=[OpenApiExample("A key", KEY_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="keys_create",
        summary="Make an API key",
        description="`key` is shown this once. A key can give no scope beyond its own, and no longer life.",
        tags=["keys"],
        request=CreateApiKeySerializer,
        responses={201: NewApiKeySerializer, **problems(400, 401, 403, 406, 413, 415, 429)},
        examples=[
            OpenApiExample("For a program", {"name": "laptop", "scopes": ["generate", "read"]}, request_only=True),
            OpenApiExample("Made", NEW_KEY_EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = CreateApiKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        granted_by = request.auth if isinstance(request.auth, ApiKey) else None
        row, text = services.create_api_key(owner=caller(request), granted_by=granted_by, **asked.validated_data)
        body = {**ApiKeySerializer(row).data, "key": text}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class Key(APIView):
    """One API key of the caller. Needs a session, or a key of scope `manage`."""

    required_scopes = {"DELETE": Scope.MANAGE}

    @extend_schema(
        operation_id="keys_revoke",
        summary="Revoke an API key",
        tags=["keys"],
        request=None,
        responses={204: None, **problems(401, 403, 404, 406, 429)},
    )
    def delete(self, request: Request, key_id: UUID) -> Response:
        key = selectors.keys_of(user=caller(request)).filter(public_id=key_id).first()
        if key is None:
            raise NotFound
        services.revoke_api_key(key=key)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(APIView):
    """The caller's account, limits and use."""

    @extend_schema(
        operation_id="me",
        summary="Your account, quota and use",
        tags=["account"],
        responses={200: MeSerializer, **problems(401, 403, 406, 429)},
        examples=[OpenApiExample("You", ME_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        user = caller(request)
        shown = {
            **{name: getattr(user, name) for name in ("public_id", "username", "email", "is_staff", "date_joined")},
            "quota": selectors.limits(user=user),
            "use": selectors.use(user=user),
        }
        return Response(MeSerializer(shown).data)


def caller(request: Request | HttpRequest) -> User:
    """The signed-in user of a request that the permission let through."""
    user = request.user
    if not isinstance(user, User):
        raise NotSignedIn
    return user

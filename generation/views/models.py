"""`/api/v1/models`: checkpoints, and models of people's own."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import ScopeMissing
from accounts.models import ApiKey, Scope
from accounts.views import caller
from common.pagination import NewestFirst
from common.parsers import JSONParser, MultiPartParser
from generation.models import PersonalModel, WeightsKind
from generation.personal import selectors, services
from generation.personal.presentation import checkpoint_body, model_body
from generation.schema import models as schema
from generation.serializers.models import (
    ModelChangeRequest,
    ModelSerializer,
    SourceModelRequest,
    UploadedModelRequest,
)


@extend_schema_view(get=extend_schema(**schema.MODELS_LIST))
class Models(ListAPIView):
    """Checkpoints, on the first page, and the personal models that the caller may use; `POST` adds one."""

    serializer_class = ModelSerializer
    pagination_class = NewestFirst
    parser_classes = [MultiPartParser, JSONParser]
    filter_backends = []
    queryset = PersonalModel.objects.none()

    def get_queryset(self) -> QuerySet[PersonalModel]:
        return selectors.visible_to(caller(self.request))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        to_url = request.build_absolute_uri
        found = [model_body(model, caller(request), to_url) for model in page]
        if "cursor" not in request.query_params:
            found = [*(checkpoint_body(each, to_url) for each in selectors.listed_checkpoints()), *found]
        return self.get_paginated_response(found)

    @extend_schema(**schema.MODELS_CREATE)
    def post(self, request: Request) -> Response:
        # Forms, and only forms, are QueryDicts.
        model = self._add_upload(request) if isinstance(request.data, QueryDict) else self._add_source(request)
        body = model_body(model, caller(request), request.build_absolute_uri)
        return Response(body, status=201, headers={"Location": reverse("model", args=[model.alias])})

    def _add_upload(self, request: Request) -> PersonalModel:
        form = UploadedModelRequest(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        return services.add_upload(owner=caller(request), pieces=asked.pop("file").chunks(), **asked)

    def _add_source(self, request: Request) -> PersonalModel:
        body = SourceModelRequest(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if asked["type"] == WeightsKind.PIPELINE:
            _require_manage(request)
        return services.add_source(owner=caller(request), kind=asked.pop("type"), **asked)


class ModelDetail(APIView):
    """A checkpoint by its slug, a model of the caller by its alias, or a shared one as `owner/alias`."""

    @extend_schema(**schema.MODELS_RETRIEVE)
    def get(self, request: Request, alias: str, owner: str = "") -> Response:
        checkpoint = None if owner else selectors.listed_checkpoint(slug=alias)
        if checkpoint is not None:
            return Response(checkpoint_body(checkpoint, request.build_absolute_uri))
        return _answer(request, selectors.find_model(viewer=caller(request), name=_name(alias, owner)))

    @extend_schema(**schema.MODELS_CHANGE)
    def patch(self, request: Request, alias: str, owner: str = "") -> Response:
        change = ModelChangeRequest(data=request.data)
        change.is_valid(raise_exception=True)
        model = selectors.changeable_model(owner=caller(request), name=_name(alias, owner))
        return _answer(request, services.change(model=model, **change.validated_data))

    @extend_schema(**schema.MODELS_DELETE)
    def delete(self, request: Request, alias: str, owner: str = "") -> Response:
        services.delete(model=selectors.changeable_model(owner=caller(request), name=_name(alias, owner)))
        return Response(status=204)


@extend_schema_view(
    get=extend_schema(**schema.SHARED_RETRIEVE),
    patch=extend_schema(**schema.SHARED_CHANGE),
    delete=extend_schema(**schema.SHARED_DELETE),
)
class SharedModelDetail(ModelDetail):
    """The same, by owner and alias."""


def _name(alias: str, owner: str) -> str:
    return f"{owner}/{alias}" if owner else alias


def _answer(request: Request, model: PersonalModel) -> Response:
    return Response(model_body(model, caller(request), request.build_absolute_uri))


def _require_manage(request: Request) -> None:
    """Whole pipelines are the operator's business, as dropping caches is."""
    if isinstance(request.auth, ApiKey) and Scope.MANAGE not in request.auth.scopes:
        raise ScopeMissing("Adding a pipeline needs a key with the scope 'manage'.")

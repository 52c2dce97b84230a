"""`/api/v1/jobs/<id>/webhooks` and `/api/v1/me/webhook-secret`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from accounts.views import caller
from common.pagination import NewestFirst
from generation.models import WebhookDelivery
from generation.schema import webhooks as schema
from generation.serializers.webhooks import DeliverySerializer, NewWebhookSecretSerializer, WebhookSecretSerializer
from generation.webhooks import selectors, services


@extend_schema_view(get=extend_schema(**schema.DELIVERIES_LIST))
class JobWebhooks(ListAPIView):
    """What the webhook of the caller's job was sent."""

    serializer_class = DeliverySerializer
    pagination_class = NewestFirst
    filter_backends = []
    queryset = WebhookDelivery.objects.none()

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return selectors.deliveries_of(owner=caller(self.request), job_id=self.kwargs["job_id"])


class ReplayWebhook(APIView):
    """Sends a message again."""

    parser_classes = []

    @extend_schema(**schema.DELIVERIES_REPLAY)
    def post(self, request: Request, job_id: UUID, delivery_id: UUID) -> Response:
        delivery = selectors.delivery_of(owner=caller(request), job_id=job_id, delivery_id=delivery_id)
        return Response(DeliverySerializer(services.replay(delivery=delivery)).data, status=202)


class WebhookSecret(APIView):
    """The secret that signs the caller's webhooks. Making one needs a session, or a key of scope `manage`."""

    required_scopes = {"POST": Scope.MANAGE}
    parser_classes = []

    @extend_schema(**schema.SECRET_RETRIEVE)
    def get(self, request: Request) -> Response:
        row = selectors.secret_of(owner=caller(request))
        shown: dict[str, Any] = {"exists": row is not None, "created_at": row.created_at if row else None}
        return Response(WebhookSecretSerializer(shown).data)

    @extend_schema(**schema.SECRET_ROTATE)
    def post(self, request: Request) -> Response:
        row, text = services.rotate_secret(owner=caller(request))
        body = NewWebhookSecretSerializer({"secret": text, "created_at": row.created_at}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})

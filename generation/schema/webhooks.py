"""`/api/v1/jobs/<id>/webhooks…` and `/api/v1/me/webhook-secret`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from common.schema import problems
from generation.schema.parts import ID, READ_PROBLEMS
from generation.serializers.webhooks import DeliverySerializer, NewWebhookSecretSerializer, WebhookSecretSerializer

_DELIVERY_EXAMPLE = {
    "id": ID,
    "url": "https://example.org/atelier",
    "event": "succeeded",
    "status": "pending",
    "attempts": 2,
    "last_status": 500,
    "last_error": "The receiver answered 500.",
    "created_at": "2026-11-21T08:00:02.470000Z",
    "next_try_at": "2026-11-21T08:00:24.310000Z",
    "delivered_at": None,
}

DELIVERIES_LIST: dict[str, Any] = {
    "operation_id": "jobs_webhooks_list",
    "summary": "List what a job's webhook was sent",
    "description": "`delivered`, `pending` (another try is planned), or `given_up` after a day or an answer of 410.",
    "tags": ["webhooks"],
    "responses": {200: DeliverySerializer(many=True), **READ_PROBLEMS},
    "examples": [OpenApiExample("One that will be tried again", _DELIVERY_EXAMPLE, response_only=True)],
}

DELIVERIES_REPLAY: dict[str, Any] = {
    "operation_id": "jobs_webhooks_replay",
    "summary": "Send it again",
    "description": "Within seconds, and for another day where it fails. The message keeps its `webhook-id`.",
    "tags": ["webhooks"],
    "request": None,
    "responses": {202: DeliverySerializer, **READ_PROBLEMS},
    "examples": [OpenApiExample("To be sent again", _DELIVERY_EXAMPLE, response_only=True, status_codes=["202"])],
}

SECRET_RETRIEVE: dict[str, Any] = {
    "operation_id": "webhook_secret_retrieve",
    "summary": "Whether you have a webhook secret",
    "tags": ["webhooks"],
    "responses": {200: WebhookSecretSerializer, **problems(401, 403, 406, 429)},
    "examples": [
        OpenApiExample(
            "There is one",
            {"exists": True, "created_at": "2026-11-21T08:00:00Z"},
            response_only=True,
            status_codes=["200"],
        )
    ],
}

SECRET_ROTATE: dict[str, Any] = {
    "operation_id": "webhook_secret_rotate",
    "summary": "Make your webhook secret, or a new one",
    "description": "It is shown this once. The one before signs along for a day, so that receivers can be changed.",
    "tags": ["webhooks"],
    "request": None,
    "responses": {201: NewWebhookSecretSerializer, **problems(401, 403, 406, 429)},
    "examples": [
        OpenApiExample(
            "Made",
            {"secret": "whsec_…", "created_at": "2026-11-21T08:00:00Z"},
            response_only=True,
            status_codes=["201"],
        )
    ],
}

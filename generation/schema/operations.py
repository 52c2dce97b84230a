"""`/health` and `/cache`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from common.schema import errors
from generation.serializers.answers import CacheAnswer, HealthAnswer

HEALTH: dict[str, Any] = {
    "operation_id": "health",
    "summary": "Whether workers are there, and on which device",
    "tags": ["operations"],
    "auth": [],
    "responses": {200: HealthAnswer, **errors(406)},
    "examples": [
        OpenApiExample("Healthy", {"status": "healthy", "device": "cpu", "models_loaded": 1}, response_only=True)
    ],
}

CACHE: dict[str, Any] = {
    "operation_id": "cache_delete",
    "summary": "Let every worker drop its models",
    "description": "For staff; a key needs the scope `manage`.",
    "tags": ["operations"],
    "request": None,
    "responses": {200: CacheAnswer, **errors(401, 403, 406, 429, 503)},
    "examples": [
        OpenApiExample(
            "Dropped",
            {"success": True, "message": "1 models were unloaded.", "models_unloaded": 1},
            response_only=True,
            status_codes=["200"],
        )
    ],
}

"""`/api/v1/models`."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from common.schema import problems
from generation.schema.parts import READ_PROBLEMS, URL
from generation.serializers.models import (
    ModelChangeRequest,
    ModelSerializer,
    SourceModelRequest,
    UploadedModelRequest,
)

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_COMMIT = "451f4fe16113bff5a5d2269ed5ad43b0592e9a14"
_EXAMPLE = {
    "name": "face",
    "type": "lora",
    "capability": "image",
    "default": False,
    "checkpoint": "demo-stable-diffusion",
    "source": f"sha256:{_SHA256}",
    "revision": _SHA256,
    "sha256": _SHA256,
    "native_size": 128,
    "size_bytes": 3_227_464,
    "licence": "as this repository",
    "owner": "ada",
    "instance_token": "sks person",
    "shared": False,
    "state": "ready",
    "error": "",
    "created_at": "2026-11-21T08:00:00Z",
    "updated_at": "2026-11-21T08:00:00Z",
    "url": f"{URL}/api/v1/models/face",
}
_DRAFT_EXAMPLE = {
    **_EXAMPLE,
    "source": "somebody/a-lora",
    "revision": _COMMIT,
    "sha256": "",
    "size_bytes": 0,
    "state": "draft",
}
_ALIAS = OpenApiParameter("alias", OpenApiTypes.STR, OpenApiParameter.PATH, description="An alias, or a slug.")
_OWNER = OpenApiParameter("owner", OpenApiTypes.STR, OpenApiParameter.PATH, description="A username.")
_CHANGE_PROBLEMS = problems(400, 401, 403, 404, 406, 409, 413, 415, 429)

MODELS_LIST: dict[str, Any] = {
    "operation_id": "models_list",
    "summary": "List models",
    "description": "Checkpoints (on the first page), your own models, and those that others share, newest first.",
    "tags": ["models"],
    "responses": {200: ModelSerializer(many=True), **READ_PROBLEMS},
    "examples": [OpenApiExample("A LoRA", _EXAMPLE, response_only=True, status_codes=["200"])],
}

MODELS_CREATE: dict[str, Any] = {
    "operation_id": "models_create",
    "summary": "Add a model of your own",
    "description": (
        "A form uploads a LoRA, which is looked at and ready at once. JSON names a LoRA on the hub at a pinned commit, "
        "or, for staff, a whole pipeline there or in a folder of the operator's: it is a `draft` until it was fetched, "
        "then `ready` or `failed`. Safetensors only; nothing that comes with a model is ever executed."
    ),
    "tags": ["models"],
    "filters": False,
    "request": {"multipart/form-data": UploadedModelRequest, "application/json": SourceModelRequest},
    "responses": {
        201: OpenApiResponse(ModelSerializer, "`Location` names it."),
        **_CHANGE_PROBLEMS,
        **problems(503),
    },
    "examples": [
        OpenApiExample(
            "From the hub",
            {"alias": "face", "type": "lora", "source": "somebody/a-lora", "revision": _COMMIT},
            request_only=True,
            media_type="application/json",
        ),
        OpenApiExample("Uploaded", _EXAMPLE, response_only=True, status_codes=["201"]),
        OpenApiExample("To be fetched", _DRAFT_EXAMPLE, response_only=True, status_codes=["201"]),
    ],
}


def _retrieve(name: str, parameters: list[OpenApiParameter]) -> dict[str, Any]:
    return {
        "operation_id": f"{name}_retrieve",
        "summary": "Look at a model",
        "tags": ["models"],
        "parameters": parameters,
        "responses": {200: ModelSerializer, **READ_PROBLEMS},
        "examples": [OpenApiExample("A LoRA", _EXAMPLE, response_only=True, status_codes=["200"])],
    }


def _change(name: str, parameters: list[OpenApiParameter]) -> dict[str, Any]:
    return {
        "operation_id": f"{name}_change",
        "summary": "Rename or share a model",
        "description": "Another user's model can only be used: 403.",
        "tags": ["models"],
        "parameters": parameters,
        "request": ModelChangeRequest,
        "responses": {200: ModelSerializer, **_CHANGE_PROBLEMS},
        "examples": [OpenApiExample("Share", {"shared": True}, request_only=True)],
    }


def _delete(name: str, parameters: list[OpenApiParameter]) -> dict[str, Any]:
    return {
        "operation_id": f"{name}_delete",
        "summary": "Delete a model",
        "description": "Its files go, too. Queued jobs that name it fail; what it made stays.",
        "tags": ["models"],
        "parameters": parameters,
        "request": None,
        "responses": {204: None, **READ_PROBLEMS},
    }


MODELS_RETRIEVE, SHARED_RETRIEVE = _retrieve("models", [_ALIAS]), _retrieve("shared_models", [_OWNER, _ALIAS])
MODELS_CHANGE, SHARED_CHANGE = _change("models", [_ALIAS]), _change("shared_models", [_OWNER, _ALIAS])
MODELS_DELETE, SHARED_DELETE = _delete("models", [_ALIAS]), _delete("shared_models", [_OWNER, _ALIAS])

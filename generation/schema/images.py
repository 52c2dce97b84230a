"""The documented endpoints that make images."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer
from rest_framework import serializers

from generation.schema import titan
from generation.schema.parts import (
    ACCEPTED,
    ACCEPTED_EXAMPLE,
    CID,
    ID,
    IDEMPOTENCY,
    JOB_ERRORS,
    OUTPUT_ID,
    PREFER_ASYNC,
    URL,
)
from generation.serializers.answers import FileAnswer, GenerateAnswer, RegistryImageAnswer, TitanAnswer
from generation.serializers.images import GenerateRequest, PromptRequest, UploadRequest
from generation.serializers.titan import TitanRequest

_GENERATE_EXAMPLES = [
    OpenApiExample(
        "With the names of the one document",
        {
            "prompt": "A futuristic cityscape at sunset",
            "labels": "city, sunset, futuristic",
            "samples": 50,
            "cfg": 8.0,
            "height": 512,
            "width": 768,
        },
        request_only=True,
    ),
    OpenApiExample(
        "With the names of the other",
        {
            "prompt": "photo of sks person as a futuristic astronaut",
            "user_id": "default",
            "num_inference_steps": 30,
            "guidance_scale": 7.5,
            "width": 512,
            "height": 512,
            "seed": 42,
        },
        request_only=True,
    ),
]
_FILE_EXAMPLE = OpenApiExample(
    "Generated",
    {"generation_id": ID, "file_path": f"{URL}/output/generated_image/{OUTPUT_ID}.png?s=…"},
    response_only=True,
    status_codes=["200"],
)


def _one_of(name: str, *serializer_classes: type[serializers.Serializer]) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=name, serializers=list(serializer_classes), resource_type_field_name=None
    )


GENERATE_FROM_PROMPT: dict[str, Any] = {
    "operation_id": "generate_image_prompt",
    "summary": "An image from a prompt, as a URL",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": PromptRequest,
    "responses": {200: FileAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample("Prompt", {"prompt": "a cat riding a bicycle in the rain"}, request_only=True),
        _FILE_EXAMPLE,
        ACCEPTED_EXAMPLE,
    ],
}


class UploadForm(UploadRequest):
    """The form of `POST /generate/image/image` with its picture, which the view takes from the files."""

    image = serializers.FileField(required=False, help_text="png, jpeg or webp; in one of the three fields")
    file = serializers.FileField(required=False, help_text="Other name of `image`.")
    buffer = serializers.FileField(required=False, help_text="Other name of `image`.")


GENERATE_FROM_IMAGE: dict[str, Any] = {
    "operation_id": "generate_image_image",
    "summary": "An image from another image, as a URL",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": {"multipart/form-data": UploadForm},
    "responses": {200: FileAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [_FILE_EXAMPLE, ACCEPTED_EXAMPLE],
}

GENERATE: dict[str, Any] = {
    "operation_id": "generate",
    "summary": "An image from a prompt, in the answer",
    "description": "A body with `text` and no `prompt` is one of `POST /api/demo_backend_v2/generate`.",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": _one_of("GenerateBody", GenerateRequest, TitanRequest),
    "responses": {200: _one_of("GenerateResult", GenerateAnswer, TitanAnswer), 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        *_GENERATE_EXAMPLES,
        *titan.EXAMPLES,
        OpenApiExample(
            "Generated",
            {
                "request_id": ID,
                "generated_image": "iVBORw0KGgoAAAANSUhEUgAA…",
                "clip_analysis": {"concepts": [], "confidence_scores": {}},
                "success": True,
                "message": "Image generated successfully",
                "image_base64": "iVBORw0KGgoAAAANSUhEUgAA…",
                "image_path": f"/output/generated_image/{OUTPUT_ID}.png?s=…",
                "model_id": "demo-stable-diffusion",
                "generation_time": 2.41,
                "seed": 42,
                "cid": CID,
            },
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

GENERATE_IMAGE: dict[str, Any] = {
    "operation_id": "generate_image",
    "summary": "An image from a prompt, as the answer itself",
    "description": "The headers `X-Model-Used`, `X-Generation-Time`, `X-Content-Cid` and `X-Seed` say what made it.",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": GenerateRequest,
    "responses": {(200, "image/png"): OpenApiTypes.BINARY, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [*_GENERATE_EXAMPLES, ACCEPTED_EXAMPLE],
}


REGISTRY_IMAGE: dict[str, Any] = {
    "operation_id": "registry_generate_image",
    "summary": "An image from a prompt, kept in the registry for everybody",
    "tags": ["registry"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": PromptRequest,
    "responses": {200: RegistryImageAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample("Prompt", {"prompt": "a boat on the sea at sunset"}, request_only=True),
        OpenApiExample(
            "Generated",
            {
                "message": "Image generated and stored successfully",
                "cid": CID,
                "description": "a boat on the sea at sunset",
                "url": f"{URL}/view-image/{CID}",
                "engine": "stable-diffusion",
                "model_id": "demo-stable-diffusion",
            },
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

"""`/v1` in the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from generation.openai.answers import USAGE
from generation.openai.chat import ChatRequest
from generation.openai.images import EditRequest, GenerationRequest
from generation.schema.parts import ACCEPTED, ID, IDEMPOTENCY, OUTPUT_ID, PREFER_ASYNC, URL

_ID = ID.replace("-", "")


class OpenAIErrorBody(serializers.Serializer):
    message = serializers.CharField(help_text="One sentence.")
    type = serializers.CharField()
    param = serializers.CharField(allow_null=True, help_text="The field that is wrong.")
    code = serializers.CharField()


class OpenAIError(serializers.Serializer):
    """An error answer of `/v1`. `x-should-retry: false` goes with those that another try would not mend."""

    error = OpenAIErrorBody()


class OpenAIImage(serializers.Serializer):
    b64_json = serializers.CharField(required=False)
    url = serializers.URLField(required=False, help_text="Signed: it opens as it stands.")


class OpenAIImages(serializers.Serializer):
    """Pictures. `usage` counts nothing: models here are not paid by tokens."""

    created = serializers.IntegerField()
    data = OpenAIImage(many=True)  # type: ignore[assignment]  # the class has a property of this name
    background = serializers.CharField()
    output_format = serializers.CharField()
    quality = serializers.CharField()
    size = serializers.CharField()
    usage = serializers.DictField()


class OpenAIMessage(serializers.Serializer):
    role = serializers.CharField()
    content = serializers.CharField()
    refusal = serializers.CharField(allow_null=True)


class OpenAIChoice(serializers.Serializer):
    index = serializers.IntegerField()
    message = OpenAIMessage()
    logprobs = serializers.DictField(allow_null=True)
    finish_reason = serializers.ChoiceField(choices=[("stop", "stop"), ("length", "length")])


class OpenAIUsage(serializers.Serializer):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    total_tokens = serializers.IntegerField()


class OpenAICompletion(serializers.Serializer):
    """Answers to a conversation."""

    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    model = serializers.CharField()
    choices = OpenAIChoice(many=True)
    usage = OpenAIUsage()


class OpenAIModel(serializers.Serializer):
    id = serializers.CharField(help_text="What requests name as `model`.")
    object = serializers.CharField()
    created = serializers.IntegerField()
    owned_by = serializers.CharField()


class OpenAIModels(serializers.Serializer):
    object = serializers.CharField()
    data = OpenAIModel(many=True)  # type: ignore[assignment]  # the class has a property of this name


class EditForm(EditRequest):
    """The form of `POST /v1/images/edits` with its pictures, which the view takes from the files."""

    image = serializers.FileField(help_text="One png, jpeg or webp; `image[]` is another name of the field.")
    mask = serializers.FileField(
        required=False,
        help_text="Of the picture's size: what is fully transparent in it is repainted, every other pixel is kept.",
    )


def _errors(*statuses: int) -> dict[int, type[serializers.Serializer]]:
    return dict.fromkeys(statuses, OpenAIError)


_JOB_ERRORS = _errors(400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503)
_STREAM = {(200, "text/event-stream"): OpenApiTypes.STR}
_IMAGES = OpenApiExample(
    "Pictures",
    {
        "created": 1795248000,
        "data": [{"b64_json": "iVBORw0KGgoAAAANSUhEUgAA…", "url": f"{URL}/images/{OUTPUT_ID}.png?s=…"}],
        "background": "opaque",
        "output_format": "png",
        "quality": "medium",
        "size": "512x512",
        "usage": USAGE,
    },
    response_only=True,
    media_type="application/json",
    status_codes=["200"],
)
_MODEL_BODY = {
    "id": "demo-stable-diffusion",
    "object": "model",
    "created": 0,
    "owned_by": "atelier",
}
_WAITING = (
    "A job that has not ended after `DOCUMENTED_WAIT_SECONDS` goes on: 408 names it. What no model here can follow is "
    "refused, not ignored."
)

GENERATIONS: dict[str, Any] = {
    "operation_id": "openai_images_generations",
    "summary": "Pictures from a prompt, for OpenAI's clients",
    "description": "With `stream`: events `image_generation.partial_image` and, for each picture, "
    f"`image_generation.completed`. {_WAITING}",
    "tags": ["openai"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": GenerationRequest,
    "responses": {(200, "application/json"): OpenAIImages, **_STREAM, 202: ACCEPTED, **_JOB_ERRORS},
    "examples": [
        OpenApiExample(
            "Prompt",
            {"prompt": "a red circle on a blue background", "size": "512x512", "response_format": "url"},
            request_only=True,
        ),
        _IMAGES,
    ],
}

EDITS: dict[str, Any] = {
    "operation_id": "openai_images_edits",
    "summary": "A picture, or a part of it, painted anew, for OpenAI's clients",
    "description": "With `stream`: events `image_edit.partial_image` and, for each picture, `image_edit.completed`. "
    f"{_WAITING}",
    "tags": ["openai"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": {"multipart/form-data": EditForm},
    "responses": {(200, "application/json"): OpenAIImages, **_STREAM, 202: ACCEPTED, **_JOB_ERRORS},
    "examples": [_IMAGES],
}

CHAT_COMPLETIONS: dict[str, Any] = {
    "operation_id": "openai_chat_completions",
    "summary": "An answer to a conversation, for OpenAI's clients",
    "description": f"With `stream`: chunks, whose words come when the text is written, and `[DONE]`. {_WAITING}",
    "tags": ["openai"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": ChatRequest,
    "responses": {(200, "application/json"): OpenAICompletion, **_STREAM, 202: ACCEPTED, **_JOB_ERRORS},
    "examples": [
        OpenApiExample(
            "Conversation",
            {
                "model": "demo-t5-text",
                "messages": [{"role": "user", "content": "a lighthouse in a storm"}],
                "max_tokens": 100,
            },
            request_only=True,
        ),
        OpenApiExample(
            "Answer",
            {
                "id": f"chatcmpl-{_ID}",
                "object": "chat.completion",
                "created": 1795248000,
                "model": "demo-t5-text",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": "The wind howls.", "refusal": None},
                        "logprobs": None,
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
            },
            response_only=True,
            media_type="application/json",
            status_codes=["200"],
        ),
    ],
}

MODELS: dict[str, Any] = {
    "operation_id": "openai_models_list",
    "summary": "What you can name as `model`",
    "description": "Checkpoints, your own personal models, and shared ones.",
    "tags": ["openai"],
    "responses": {200: OpenAIModels, **_errors(401, 403, 429)},
    "examples": [OpenApiExample("Models", {"object": "list", "data": [_MODEL_BODY]}, response_only=True)],
}

MODEL: dict[str, Any] = {
    "operation_id": "openai_models_retrieve",
    "summary": "One model",
    "tags": ["openai"],
    "parameters": [
        OpenApiParameter(
            "name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A checkpoint, an alias, or `owner/alias`."
        )
    ],
    "responses": {200: OpenAIModel, **_errors(401, 403, 404, 429)},
    "examples": [OpenApiExample("Model", _MODEL_BODY, response_only=True, status_codes=["200"])],
}

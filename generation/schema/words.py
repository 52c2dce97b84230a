"""`POST /generate/tags` and `POST /generate-text`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from generation.schema.parts import ACCEPTED, ACCEPTED_EXAMPLE, CID, IDEMPOTENCY, JOB_ERRORS, PREFER_ASYNC, URL
from generation.serializers.answers import TagsAnswer, TextAnswer
from generation.serializers.words import TagsParams, TextParams

GENERATE_TAGS: dict[str, Any] = {
    "operation_id": "generate_tags",
    "summary": "Tags for an image and a sound",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": TagsParams,
    "responses": {200: TagsAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample(
            "Descriptions",
            {
                "image_prompt": "a cat riding a bicycle in the rain",
                "sound_description": "a calm and relaxing seaside ambiance",
            },
            request_only=True,
        ),
        OpenApiExample(
            "Tags",
            {"tags": ["cat", "bicycle", "rain", "calm", "relaxing", "sea"]},
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

GENERATE_TEXT: dict[str, Any] = {
    "operation_id": "generate_text",
    "summary": "A text from a prompt, kept in the registry for everybody",
    "tags": ["registry"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": TextParams,
    "responses": {200: TextAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample("Prompt", {"prompt": "a lighthouse in a storm", "max_tokens": 100}, request_only=True),
        OpenApiExample(
            "Generated",
            {
                "message": "Text generated and stored successfully",
                "cid": CID,
                "text": "Let us look at a lighthouse in a storm. The wind howls and nothing stands still.",
                "url": f"{URL}/view-text/{CID}",
                "engine": "t5-text",
                "model_id": "demo-t5-text",
            },
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

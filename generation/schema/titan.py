"""`POST /api/demo_backend_v2/generate`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from generation.schema.parts import ACCEPTED, ACCEPTED_EXAMPLE, IDEMPOTENCY, JOB_ERRORS, OUTPUT_ID, PREFER_ASYNC, URL
from generation.serializers.answers import TitanAnswer
from generation.serializers.titan import TitanRequest

EXAMPLES = [
    OpenApiExample(
        "With the names of Titan",
        {
            "text": "A beautiful sunset over the ocean",
            "width": 1024,
            "height": 1024,
            "number_of_images": 1,
            "cfg_scale": 8,
            "seed": 42,
            "quality": "standard",
        },
        request_only=True,
    ),
    OpenApiExample(
        "Generated with the names of Titan",
        {
            "message": "Images generated successfully",
            "images": [f"{URL}/images/{OUTPUT_ID}.png?s=…"],
            "local_path": "generated_images",
            "engine": "bedrock",
            "model_id": "amazon.nova-canvas-v1:0",
            "warnings": [],
        },
        response_only=True,
        status_codes=["200"],
    ),
]

TITAN_GENERATE: dict[str, Any] = {
    "operation_id": "titan_generate",
    "summary": "Up to four images from a text, as URLs",
    "description": "Amazon Bedrock makes them where the operator has set it up, else the default model; `engine` says "
    "which. What a model cannot take is brought to the nearest that it can, and `warnings` names it.",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": TitanRequest,
    "responses": {200: TitanAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [*EXAMPLES, ACCEPTED_EXAMPLE],
}

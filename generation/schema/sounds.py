"""`POST /generate/sound`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from generation.schema.parts import (
    ACCEPTED,
    ACCEPTED_EXAMPLE,
    ID,
    IDEMPOTENCY,
    JOB_ERRORS,
    OUTPUT_ID,
    PREFER_ASYNC,
    URL,
)
from generation.serializers.answers import FileAnswer
from generation.serializers.sounds import MusicParams

GENERATE_SOUND: dict[str, Any] = {
    "operation_id": "generate_sound",
    "summary": "A sound from a description, as a URL",
    "tags": ["generate"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": MusicParams,
    "responses": {200: FileAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample(
            "Description",
            {"description": "a calm and relaxing seaside ambiance", "duration": 10},
            request_only=True,
        ),
        OpenApiExample(
            "Generated",
            {"generation_id": ID, "file_path": f"{URL}/output/generated_sound/{OUTPUT_ID}.wav?s=…"},
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

"""What the OpenAPI document says about the analysis endpoints."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from analysis.serializers import AnalyzeAnswer, AnalyzeRequest
from generation.schema.parts import ACCEPTED, ACCEPTED_EXAMPLE, IDEMPOTENCY, JOB_ERRORS, PREFER_ASYNC

ANALYZE: dict[str, Any] = {
    "operation_id": "analyze",
    "summary": "What is in an image, and where",
    "tags": ["analyze"],
    "parameters": [IDEMPOTENCY, PREFER_ASYNC],
    "request": AnalyzeRequest,
    "responses": {200: AnalyzeAnswer, 202: ACCEPTED, **JOB_ERRORS},
    "examples": [
        OpenApiExample(
            "Image",
            {"image": "iVBORw0KGgoAAAANSUhEUgAA…", "labels": "cat, dog", "mask_format": "rle"},
            request_only=True,
        ),
        OpenApiExample(
            "Analyzed",
            {
                "request_id": "0b6ad1c8-3b60-4f4c-9a43-8f5e0e5b2b0f",
                "generated_image": "iVBORw0KGgoAAAANSUhEUgAA…",
                "clip_analysis": {"concepts": ["cat", "dog"], "confidence_scores": {"cat": 0.97, "dog": 0.08}},
                "basic_segmentation": {
                    "masks": [{"size": [4, 4], "counts": [5, 2, 2, 2, 5]}],
                    "polygons": [[[1, 1], [2, 1], [2, 2], [1, 2]]],
                },
            },
            response_only=True,
            status_codes=["200"],
        ),
        ACCEPTED_EXAMPLE,
    ],
}

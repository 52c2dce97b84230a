"""How an analysis looks in the documented answer."""

import base64
from typing import Any

from analysis.masks import draw_segments, mask_image, mask_rows
from analysis.models import Analysis
from content.services import read_bytes

# Pixels of the longest side.
LONGEST_BINARY_MASK = 256
LONGEST_DRAWN = 2048


def analyze_body(analysis: Analysis, mask_format: str) -> dict[str, Any]:
    """The answer of `POST /analyze`; `mask_format` is binary, rle or none."""
    segments = analysis.segments
    width, height = analysis.width, analysis.height
    masks = [mask_image(segment["counts"], width=width, height=height) for segment in segments]
    drawn = draw_segments(
        read_bytes(content=analysis.content),
        masks,
        [segment["polygons"] for segment in segments],
        longest=LONGEST_DRAWN,
    )
    found: dict[str, Any] = {
        "masks": [],
        # A segment of several parts has one polygon for each; the document knows one, which is the largest.
        "polygons": [next(iter(segment["polygons"]), []) for segment in segments],
    }
    if mask_format == "binary":
        found["masks"] = [mask_rows(mask, longest=LONGEST_BINARY_MASK) for mask in masks]
        scale = min(1.0, LONGEST_BINARY_MASK / max(width, height))
        found["mask_size"] = [max(1, round(height * scale)), max(1, round(width * scale))]
    elif mask_format == "rle":
        found["masks"] = [{"size": [height, width], "counts": segment["counts"]} for segment in segments]
    return {
        "request_id": str(analysis.job_id),
        "generated_image": base64.b64encode(drawn).decode("ascii"),
        "clip_analysis": analysis.job.result.get("labels", {"concepts": [], "confidence_scores": {}}),
        "basic_segmentation": found,
    }

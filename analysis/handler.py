"""Jobs that look at a picture."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analysis.models import Analysis
from generation.engines.base import SegmentsRequest, SegmentsResult
from generation.handlers.base import Handler, input_picture, picture_row
from generation.models import Job, Status


class AnalysisHandler(Handler):
    """`analysis`: segments of a picture, and its labels from the label engine."""

    related = "analysis"

    def requests(self, job: Job) -> list[SegmentsRequest]:
        return [SegmentsRequest(_picture(job), max_segments=job.params["max_masks"])]

    def picture_to_label(self, job: Job, results: Sequence[SegmentsResult]) -> bytes | None:
        return _picture(job)

    def record(self, job: Job, results: Sequence[SegmentsResult]) -> None:
        [result] = results
        Analysis.objects.create(
            job=job,
            content=picture_row(job),
            width=result.width,
            height=result.height,
            segments=[asdict(segment) for segment in result.segments],
        )

    def result_of(self, job: Job) -> dict[str, Any]:
        """Each segment's mask in COCO's form, its outline in pixels, and how sure the model is of it."""
        analysis: Analysis | None = getattr(job, "analysis", None)
        if job.status != Status.SUCCEEDED or analysis is None:
            return super().result_of(job)
        size = [analysis.height, analysis.width]
        segments = [
            {
                "mask": {"size": size, "counts": segment["counts"]},
                "polygons": segment["polygons"],
                "box": segment["box"],
                "area": segment["area"],
                "score": segment["predicted_iou"],
            }
            for segment in analysis.segments
        ]
        return {**job.result, "segments": segments}


def _picture(job: Job) -> bytes:
    picture = input_picture(job)
    assert picture is not None  # noqa: S101 - the parameters of this kind always name one
    return picture

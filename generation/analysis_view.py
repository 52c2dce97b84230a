"""What an analysis found, as a page shows it."""

from dataclasses import dataclass
from typing import Any

from generation.handlers import handler_of
from generation.models import Job


@dataclass(frozen=True)
class ShownSegment:
    """One segment: `path` is its outline as SVG has it, in pixels of the picture; `percent` its part of the picture."""

    number: int
    path: str
    percent: str
    score: float


@dataclass(frozen=True)
class ShownLabel:
    """How well a label fits, 0–1."""

    name: str
    score: float

    @property
    def percent(self) -> str:
        return _percent(self.score)


def segments_of(job: Job) -> list[ShownSegment]:
    """The segments of a finished analysis, largest first: a smaller one is drawn over those that it lies in."""
    shown = []
    for number, segment in enumerate(handler_of(job.kind).result_of(job).get("segments", ()), 1):
        height, width = segment["mask"]["size"]
        percent = _percent(segment["area"] / (width * height))
        shown.append(ShownSegment(number, _path(segment["polygons"]), percent, segment["score"]))
    return shown


def labels_of(job: Job) -> list[ShownLabel]:
    """The labels of a job's picture, likeliest first; none where nobody asked for them."""
    found: dict[str, Any] = job.result.get("labels") or {}
    scores: dict[str, float] = found.get("confidence_scores") or {}
    return [ShownLabel(name, score) for name, score in sorted(scores.items(), key=lambda item: -item[1])]


def _path(polygons: list[list[list[int]]]) -> str:
    return " ".join("M" + " L".join(f"{int(x)} {int(y)}" for x, y in polygon) + " Z" for polygon in polygons)


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if part >= 0.01 else "< 1 %"

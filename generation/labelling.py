"""Labels of a picture: the second engine that some jobs need."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from generation.engine_source import EngineSource
from generation.engines.base import LabelsRequest, OnStep
from generation.engines.errors import EngineError
from generation.models import Capability, Checkpoint

logger = logging.getLogger(__name__)

# Of the labels that nobody asked for, so many of the likeliest are told.
MOST_CONCEPTS = 10


def label(workshop: EngineSource, *, picture: bytes, labels: list[str], on_step: OnStep) -> dict[str, Any]:
    """Score each of `labels` against an encoded picture, likeliest first; without any, the best of the usual ones.

    `{"concepts": [label, …], "confidence_scores": {label: 0–1}}`, both empty while no label engine can be used, which
    is then a sentence in `"warnings"` unless none is configured.
    """
    checkpoint = Checkpoint.objects.filter(default_for=Capability.LABELS).first()
    if checkpoint is None:
        return _scored(())
    wanted = tuple(labels) or common_objects(settings.COMMON_OBJECTS_FILE)
    try:
        with workshop.engine_for(checkpoint) as engine:
            [result] = engine.run([LabelsRequest(picture, wanted)], on_step)
    except EngineError as error:
        # What the job itself made is not lost with it.
        logger.warning("A picture got no labels: %s", error.message)
        return {**_scored(()), "warnings": [error.message]}
    return _scored(result.scores if labels else result.scores[:MOST_CONCEPTS])


@cache
def common_objects(path: Path) -> tuple[str, ...]:
    """The labels of a file, one a line; empty lines and lines that begin with `#` are left out."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def _scored(scores: tuple[tuple[str, float], ...]) -> dict[str, Any]:
    return {"concepts": [name for name, _ in scores], "confidence_scores": dict(scores)}

"""What there is to read out of a caption: a scene as a fixed list of attributes, each with a closed set of values."""

from __future__ import annotations

import torch
from torch import Tensor

from demo_models.scenes.vocabulary import (
    COLOURS,
    LAYOUTS,
    MAX_IN_ROW,
    MAX_SUBJECTS,
    PLACES,
    SHAPES,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Figures,
    Scene,
)

_ABSENT = ""  # the value of what a scene does not have, first in every list of values


def _slots() -> dict[str, tuple[str, ...]]:
    slots = {
        "layout": LAYOUTS,
        "count": tuple(str(count) for count in range(1, MAX_IN_ROW + 1)),
        "first shape": SHAPES,
        "first colour": tuple(COLOURS),
        "second shape": SHAPES,
        "second colour": tuple(COLOURS),
        "background": tuple(COLOURS),
        "place": PLACES,
        "time": TIMES,
        "weather": WEATHERS,
        "riding": ("yes",),
    }
    for number in range(1, MAX_SUBJECTS + 1):
        slots |= {f"subject {number}": SUBJECTS, f"colour of subject {number}": tuple(COLOURS)}
    return {name: (_ABSENT, *values) for name, values in slots.items()}


# Name and values of every attribute. A slot that a scene leaves empty has the first value.
ATTRIBUTES: dict[str, tuple[str, ...]] = _slots()
SIZES: tuple[int, ...] = tuple(len(values) for values in ATTRIBUTES.values())


def attributes_of(scene: Scene) -> dict[str, str]:
    """The attributes of ``scene`` that are not absent."""
    if isinstance(scene, Figures):
        first, second = scene.items[0], scene.items[-1]
        values = {
            "layout": scene.layout,
            "count": str(len(scene.items)),
            "first shape": first.shape,
            "first colour": first.colour,
            "background": scene.background,
        }
        if first != second:
            values |= {"second shape": second.shape, "second colour": second.colour}
        return values
    found: dict[str, str | None] = {"place": scene.place, "time": scene.time, "background": scene.backdrop}
    found["weather"] = scene.weather if scene.time else None
    found["riding"] = "yes" if scene.riding else None
    for number, subject in enumerate(scene.subjects, 1):
        found |= {f"subject {number}": subject.name, f"colour of subject {number}": subject.colour}
    return {name: value for name, value in found.items() if value is not None}


def attribute_targets(scenes: list[Scene]) -> Tensor:
    """The place of each attribute's value in its list: (n, attributes) int64."""
    rows = []
    for scene in scenes:
        found = attributes_of(scene)
        rows.append([values.index(found.get(name, _ABSENT)) for name, values in ATTRIBUTES.items()])
    return torch.tensor(rows)

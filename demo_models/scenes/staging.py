"""Where the subjects of a view stand, swim or fly, how large they are, and what they stand in."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from demo_models.scenes.canvas import Canvas, Colour
from demo_models.scenes.forms import disc
from demo_models.scenes.lights import Light, mix
from demo_models.scenes.places import Span
from demo_models.scenes.subjects import PROPORTIONS, RIDING_PROPORTIONS, paint_riding, paint_subject
from demo_models.scenes.vocabulary import PEOPLE, Subject, View

FLYING = ("bird", "balloon")
SWIMMING = ("boat", "fish")
# How high subjects are beside each other; alone, each is as large as fits.
_RELATIVE_HEIGHT: dict[str, float] = {
    "cat": 0.62,
    "dog": 0.68,
    "bird": 0.6,
    "fish": 0.6,
    "flower": 0.7,
    "bicycle": 0.7,
    "car": 0.75,
    "tree": 1.15,
    "house": 1.1,
}
_SHADOW: Colour = (10, 14, 30)
_FOAM: Colour = (246, 251, 255)


@dataclass(frozen=True)
class Stage:
    """Where there is room for subjects: ``ground`` and ``water`` are y coordinates of their feet.

    ``floating`` means that nothing holds them down, as in space; then they stand nowhere and cast no shadow.
    """

    canvas: Canvas
    light: Light
    ground: Span
    water: Span | None = None
    skyline: float = 0.5
    largest: float = 0.66
    floating: bool = False


@dataclass(frozen=True)
class _Spot:
    x: float
    foot: float
    height: float
    width: float
    kind: str  # "ground", "water" or "air"


def paint_subjects(view: View, stage: Stage, rng: random.Random) -> None:
    """Paint all subjects of ``view``, the farthest first."""
    # A little more light than on the place, or nobody could name a colour at night.
    stage = replace(stage, light=replace(stage.light, tint=mix(stage.light.tint, (1.0, 1.0, 1.0), 0.22)))
    groups = _groups(view)
    spots = [_spot(group, index, len(groups), stage, rng) for index, group in enumerate(groups)]
    for group, spot in sorted(zip(groups, spots, strict=True), key=lambda pair: pair[1].foot):
        facing = rng.choice((-1, 1))
        if spot.kind == "ground" and not stage.floating:
            _shadow(stage, spot)
        if len(group) == 2:
            paint_riding(
                stage.canvas, *group, x=spot.x, foot=spot.foot, height=spot.height,
                light=stage.light, facing=facing, rng=rng,
            )  # fmt: skip
        else:
            paint_subject(
                stage.canvas, group[0], x=spot.x, foot=spot.foot, height=spot.height,
                light=stage.light, facing=facing, rng=rng, reading=view.place == "room" and group[0].name in PEOPLE,
            )  # fmt: skip
        if spot.kind == "water":
            _splash(stage, group[0], spot)


def _groups(view: View) -> list[tuple[Subject, ...]]:
    """What is placed together: a rider with the mount, everything else alone."""
    if view.riding:
        return [view.subjects[:2], *((subject,) for subject in view.subjects[2:])]
    return [(subject,) for subject in view.subjects]


def _spot(group: tuple[Subject, ...], index: int, count: int, stage: Stage, rng: random.Random) -> _Spot:
    name = group[-1].name
    proportion = PROPORTIONS[name] if len(group) == 1 else RIDING_PROPORTIONS[name]
    room = 0.92 / count
    largest = stage.largest if count == 1 else stage.largest * (0.82 if count == 2 else 0.7)
    if len(group) == 1 and count > 1:
        largest *= _RELATIVE_HEIGHT.get(name, 1.0)
    kind = "ground"
    if name in FLYING and not stage.floating:
        kind, largest = "air", min(largest, 0.56)
    elif name in SWIMMING and stage.water is not None:
        kind, largest = "water", min(largest, 0.5)
    height = min(largest, room * 0.94 / proportion) * rng.uniform(0.88, 1.0)
    width = height * proportion
    slack = max(0.0, (room - width) / 2)
    x = 0.04 + room * (index + 0.5) + rng.uniform(-slack, slack)
    return _Spot(x, _foot(kind, height, stage, rng), height, width, kind)


def _foot(kind: str, height: float, stage: Stage, rng: random.Random) -> float:
    if stage.floating:
        return 0.5 + height / 2 + rng.uniform(-0.06, 0.06)
    if kind == "air":
        return height + rng.uniform(0.04, max(0.06, min(0.16, stage.skyline - height)))
    if kind == "water" and stage.water is not None:
        return max(rng.uniform(*stage.water), height + 0.04)
    return max(rng.uniform(*stage.ground), height + 0.04)


def _shadow(stage: Stage, spot: _Spot) -> None:
    with stage.canvas.veil():
        for share in (0.46, 0.34):
            shadow = disc(spot.x, spot.foot - 0.004, spot.width * share, 0.1)
            stage.canvas.ellipses([shadow], _SHADOW, 0.2)


def _splash(stage: Stage, subject: Subject, spot: _Spot) -> None:
    """Foam at a hull, or where a fish has leapt out of the water."""
    foam = stage.light.on(_FOAM, 0.1)
    with stage.canvas.veil():
        if subject.name == "fish":
            y, half = spot.foot + 0.06, 0.34 * spot.width
            drops = [(-0.62, 0.055, 0.016), (-0.28, 0.085, 0.02), (0.3, 0.08, 0.02), (0.66, 0.05, 0.016)]
            stage.canvas.ellipses([disc(spot.x, y, half, 0.16)], foam, 0.85)
            stage.canvas.ellipses([disc(spot.x + dx * half, y - dy, r) for dx, dy, r in drops], foam, 0.85)
        else:
            edge = [disc(spot.x + dx * spot.width, spot.foot, 0.2 * spot.width, 0.11) for dx in (-0.26, 0.0, 0.26)]
            stage.canvas.ellipses(edge, foam, 0.85)

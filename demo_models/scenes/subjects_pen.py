"""A pen in the frame of one subject, and the outlines that subjects are made of.

In the frame, 1 is the subject's height: y runs from 0 (top) to 1 (foot) and x from the centre line, positive
towards where the subject faces. An outline is a closed polygon in the frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from demo_models.scenes.canvas import Canvas, Colour, Point
from demo_models.scenes.lights import Light, mix

Outline = list[Point]

WHITE: Colour = (250, 250, 250)
INK: Colour = (24, 24, 30)
# Wide enough to part a thing from a ground of its own colour, at 128 pixels, without taking its colour over.
RIM = 0.022
# How much of its own colour a subject keeps in the dark: it has to be seen, and named, at night as well.
_KEPT_COLOUR = 0.45
_CURVE_STEPS = 6


@dataclass(frozen=True)
class Pen:
    """Paints in the frame of a subject of ``height`` that stands at (``x``, ``foot``), all shares of the side.

    ``facing`` is +1 (right) or -1 (left); ``stretch`` widens the frame.
    """

    canvas: Canvas
    light: Light
    x: float
    foot: float
    height: float
    facing: int
    stretch: float = 1.0

    @property
    def dark(self) -> bool:
        """Whether lamps are on."""
        return sum(self.light.tint) < 1.8

    def within(self, x: float, foot: float, height: float) -> Pen:
        """A pen for a frame inside this one, given in this one's coordinates."""
        across, down = self._place((x, foot))
        return Pen(self.canvas, self.light, across, down, height * self.height, self.facing, self.stretch)

    def body(self, colour: Colour, *outlines: Outline) -> None:
        """Paint ``outlines`` as one shape with a rim in another tone, darker by day and lighter in the dark."""
        swollen = [[self._place(point) for point in _swell(outline, RIM)] for outline in outlines]
        self.canvas.polygons(swollen, self._rim(colour))
        self.fill(colour, *outlines)

    def fill(self, colour: Colour, *outlines: Outline, opacity: float = 1.0) -> None:
        """Paint ``outlines`` in ``colour`` under the light of the scene."""
        self.shine(self._lit(colour), *outlines, opacity=opacity)

    def shine(self, colour: Colour, *outlines: Outline, opacity: float = 1.0) -> None:
        """Paint ``outlines`` in exactly ``colour``, as of things that give light."""
        self.canvas.polygons([[self._place(point) for point in outline] for outline in outlines], colour, opacity)

    def glow(self, colour: Colour, x: float, y: float, radius: float) -> None:
        """Paint the light around a lamp; it belongs to no region, being less than half opaque."""
        for step in range(1, 7):
            self.shine(colour, oval(x, y, radius * step / 6, radius * step / 6), opacity=0.07)

    def ring(self, colour: Colour, x: float, y: float, radius: float, width: float) -> None:
        """Paint a circle's line, ``width`` wide, that reaches out to ``radius``."""
        across, down = self._place((x, y))
        wide, high = radius * self.height * self.stretch, radius * self.height
        box = (across - wide, down - high, across + wide, down + high)
        self.canvas.rings([box], self._lit(colour), width * self.height)

    def _place(self, point: Point) -> Point:
        return (
            self.x + self.facing * point[0] * self.height * self.stretch,
            self.foot - (1.0 - point[1]) * self.height,
        )

    def _lit(self, colour: Colour) -> Colour:
        return mix(self.light.on(colour), colour, _KEPT_COLOUR) if self.dark else self.light.on(colour)

    def _rim(self, colour: Colour) -> Colour:
        if self.dark:
            return mix(self._lit(colour), self.light.lamp, 0.3)
        return self._lit(mix(colour, WHITE, 0.35) if brightness(colour) < 60 else mix(colour, INK, 0.38))


def brightness(colour: Colour) -> float:
    """Perceived brightness, 0-255."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def shade(colour: Colour, share: float = 0.2) -> Colour:
    """The second tone of a thing in ``colour``: darker, or lighter where there is nothing darker."""
    return mix(colour, WHITE, share) if brightness(colour) < 60 else mix(colour, (20, 16, 50), share)


def gleam(colour: Colour, share: float = 0.35) -> Colour:
    """``colour`` where light falls on it."""
    return mix(colour, WHITE, share)


def oval(x: float, y: float, across: float, down: float, turn: float = 0.0) -> Outline:
    """An ellipse by its centre and radii; ``turn`` in degrees, positive lowers the side it faces to."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for step in range(28):
        angle = 2 * math.pi * step / 28
        u, v = across * math.cos(angle), down * math.sin(angle)
        points.append((x + u * cos - v * sin, y + u * sin + v * cos))
    return points


def box(left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> Outline:
    """A rectangle; ``corner`` is the radius of its corners."""
    if corner == 0.0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    points = []
    centres = (
        (right - corner, bottom - corner),
        (left + corner, bottom - corner),
        (left + corner, top + corner),
        (right - corner, top + corner),
    )
    for quarter, (x, y) in enumerate(centres):
        for step in range(6):
            angle = math.pi / 2 * (quarter + step / 5)
            points.append((x + corner * math.cos(angle), y + corner * math.sin(angle)))
    return points


def blob(*points: Point) -> Outline:
    """A smooth closed curve through ``points`` (Catmull-Rom)."""
    count = len(points)
    outline = []
    for index in range(count):
        corners = [points[(index + offset) % count] for offset in (-1, 0, 1, 2)]
        outline += [_between(corners, step / _CURVE_STEPS) for step in range(_CURVE_STEPS)]
    return outline


def limb(start: Point, end: Point, thick: float, thin: float | None = None) -> Outline:
    """A rounded bar whose radius goes from ``thick`` at ``start`` to ``thin`` at ``end``."""
    thin = thick if thin is None else thin
    direction = math.atan2(end[1] - start[1], end[0] - start[0])
    points = []
    for (x, y), radius, first in ((start, thick, 0.5), (end, thin, 1.5)):
        for step in range(9):
            angle = direction + math.pi * (first + step / 8)
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return points


def ribbon(points: Sequence[Point], thick: float, thin: float | None = None) -> list[Outline]:
    """A smooth rounded band through ``points``, as the pieces that together make it."""
    thin = thick if thin is None else thin
    ends = [points[0], *points, points[-1]]
    path = [
        _between(ends[index : index + 4], step / _CURVE_STEPS)
        for index in range(len(points) - 1)
        for step in range(_CURVE_STEPS)
    ]
    path.append(points[-1])
    radii = [thick + (thin - thick) * index / (len(path) - 1) for index in range(len(path))]
    return [limb(path[i], path[i + 1], radii[i], radii[i + 1]) for i in range(len(path) - 1)]


def _between(corners: Sequence[Point], share: float) -> Point:
    before, start, end, after = corners
    x, y = (
        0.5 * (2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2 + (3 * b - a - 3 * c + d) * share**3)
        for a, b, c, d in zip(before, start, end, after, strict=True)
    )
    return (x, y)


def _swell(outline: Outline, by: float) -> Outline:
    """Move every corner outwards so that the sides move by ``by``; sharp corners are cut at twice that."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(outline, outline[1:] + outline[:1], strict=True))
    outwards = math.copysign(by, area)
    swollen = []
    for index, (x, y) in enumerate(outline):
        before, after = outline[index - 1], outline[(index + 1) % len(outline)]
        first = _normal(before, (x, y))
        second = _normal((x, y), after)
        total = (first[0] + second[0], first[1] + second[1])
        # The mitre: by / cos(half the angle) along the middle of both normals, which have the length one.
        reach = outwards * 2 / max(total[0] ** 2 + total[1] ** 2, 1.0)
        swollen.append((x + total[0] * reach, y + total[1] * reach))
    return swollen


def _normal(start: Point, end: Point) -> Point:
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    return (down / length, -across / length) if length > 1e-9 else (0.0, 0.0)

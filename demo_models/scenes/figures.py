"""Plain shapes on plain backgrounds: the pictures whose meaning can be tested pixel by pixel."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Canvas, Point
from demo_models.scenes.vocabulary import COLOURS, Figures, Item

# Radius of the circumscribed circle, as a share of the picture's side. Each range gives a single shape
# at least about 15 % of the picture's area, and leaves a border of at least BORDER around it.
RADII: dict[str, tuple[float, float]] = {
    "circle": (0.23, 0.36),
    "square": (0.29, 0.42),
    "triangle": (0.34, 0.44),
    "star": (0.34, 0.44),
}
BORDER = 0.04
_STAR_INNER_RADIUS = 0.45
_CORNERS = {"square": 4, "triangle": 3, "star": 5}
_MAX_TURN = {"square": 12.0, "triangle": 12.0, "star": 18.0}  # degrees from upright
_GAP = 0.02  # between the circumscribed circles of two shapes


def corners(shape: str, centre: Point, radius: float, turn: float) -> list[Point]:
    """The corners of a polygonal shape.

    ``centre`` and ``radius`` are shares of the picture's side; ``turn`` is in degrees, 0 is upright.
    """
    count = _CORNERS[shape]
    points_around = count * 2 if shape == "star" else count
    # A square's first corner is turned by an eighth so that it stands on a side, not on a corner.
    first = -90.0 + (45.0 if shape == "square" else 0.0) + turn
    points = []
    for step in range(points_around):
        reach = radius * (_STAR_INNER_RADIUS if shape == "star" and step % 2 else 1.0)
        angle = math.radians(first + 360.0 * step / points_around)
        points.append((centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)))
    return points


def draw_figures(figures: Figures, rng: random.Random, size: int) -> Canvas:
    """Draw ``figures`` at random places and sizes; each shape is a region labelled with its name.

    The background is exactly its palette colour everywhere outside the shapes, and so is each shape's inside.
    """
    canvas = Canvas(size, COLOURS[figures.background])
    for item, (centre, radius) in zip(figures.items, _arrange(figures, rng), strict=True):
        with canvas.region(item.shape):
            _paint(canvas, item, centre, radius, rng)
    return canvas


def _arrange(figures: Figures, rng: random.Random) -> list[tuple[Point, float]]:
    """Centre and radius of each shape: they touch neither each other nor the border."""
    count = len(figures.items)
    if figures.layout == "single":
        radius = rng.uniform(*RADII[figures.items[0].shape])
        slack = min(0.5 - BORDER - radius, 0.12)
        return [((0.5 + rng.uniform(-slack, slack), 0.5 + rng.uniform(-slack, slack)), radius)]
    cell = (1.0 - 2 * BORDER + _GAP) / count
    largest = (cell - _GAP) / 2
    # The shapes of a row are equal, so they have one size and stand on one line.
    radius, across = rng.uniform(0.85, 1.0) * largest, 0.5 + rng.uniform(-0.12, 0.12)
    centres = [BORDER + largest + cell * index for index in range(count)]
    if figures.layout == "above-below":
        return [((across, along), radius) for along in centres]
    return [((along, across), radius) for along in centres]


def _paint(canvas: Canvas, item: Item, centre: Point, radius: float, rng: random.Random) -> None:
    if item.shape == "circle":
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        canvas.ellipses([box], COLOURS[item.colour])
    else:
        turn = rng.uniform(-_MAX_TURN[item.shape], _MAX_TURN[item.shape])
        canvas.polygons([corners(item.shape, centre, radius, turn)], COLOURS[item.colour])

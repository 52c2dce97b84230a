"""Plain shapes on plain backgrounds: the pictures whose meaning can be tested pixel by pixel."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Canvas, Pixels, Point
from demo_models.scenes.vocabulary import COLOURS, Figure

# Radius of the circumscribed circle, as a share of the picture's side. Each range gives the shape
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


def corners(shape: str, centre: Point, radius: float, turn: float) -> list[Point]:
    """The corners of a polygonal shape.

    ``centre`` and ``radius`` are shares of the picture's side; ``turn`` is in degrees, 0 is upright.
    """
    count = _CORNERS[shape]
    steps = count * 2 if shape == "star" else count
    # A square's first corner is turned by an eighth so that it stands on a side, not on a corner.
    first = -90.0 + (45.0 if shape == "square" else 0.0) + turn
    points = []
    for step in range(steps):
        reach = radius * (_STAR_INNER_RADIUS if shape == "star" and step % 2 else 1.0)
        angle = math.radians(first + 360.0 * step / steps)
        points.append((centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)))
    return points


def draw_figure(figure: Figure, rng: random.Random, size: int) -> Pixels:
    """Draw ``figure`` at a random place and size; uint8 of shape (size, size, 3), sRGB.

    The background is exactly its palette colour everywhere outside the shape, and so is the inside.
    """
    radius = rng.uniform(*RADII[figure.shape])
    slack = min(0.5 - BORDER - radius, 0.12)
    centre = (0.5 + rng.uniform(-slack, slack), 0.5 + rng.uniform(-slack, slack))
    canvas = Canvas(size, COLOURS[figure.background])
    if figure.shape == "circle":
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        canvas.ellipses([box], COLOURS[figure.colour])
    else:
        turn = rng.uniform(-_MAX_TURN[figure.shape], _MAX_TURN[figure.shape])
        canvas.polygons([corners(figure.shape, centre, radius, turn)], COLOURS[figure.colour])
    return canvas.pixels()

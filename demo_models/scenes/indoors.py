"""Places without a sky of ours: space, a room full of books, and a studio."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Canvas, Colour
from demo_models.scenes.forms import disc, steps
from demo_models.scenes.lights import mix

_PLANETS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((255, 190, 110), (190, 84, 60), (255, 224, 170)),
    ((130, 210, 255), (36, 84, 190), (240, 250, 255)),
    ((240, 150, 220), (120, 60, 170), (255, 214, 240)),
    ((150, 230, 190), (30, 120, 120), (226, 255, 236)),
)
_SPINES: tuple[Colour, ...] = (
    (196, 62, 54), (46, 96, 162), (52, 128, 88), (232, 178, 62),
    (118, 66, 132), (226, 116, 54), (238, 226, 200), (38, 58, 92),
)  # fmt: skip


def space(size: int, rng: random.Random) -> Canvas:
    """Stars, a glowing nebula, a large planet with or without a ring, and a small moon."""
    canvas = Canvas(size, (6, 6, 22), "space")
    canvas.gradient((4, 4, 18), (20, 12, 48))
    for colour in ((120, 50, 170), (30, 90, 190)):
        canvas.glow(rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.5, 0.7), colour, 0.6)
    with canvas.region("stars"):
        cells = [(column, row) for column in range(6) for row in range(6)]
        stars = [((column + rng.uniform(0.2, 0.8)) / 6, (row + rng.uniform(0.2, 0.8)) / 6) for column, row in cells]
        rng.shuffle(stars)
        canvas.ellipses([disc(*star, 0.0135) for star in stars[:8]], (255, 250, 226))
        canvas.ellipses([disc(*star, 0.009) for star in stars[8:26]], (214, 224, 255))
    side = rng.choice((-1, 1))
    x, y, radius = 0.5 + side * rng.uniform(0.16, 0.3), rng.uniform(0.26, 0.38), rng.uniform(0.19, 0.25)
    light, dark, band = rng.choice(_PLANETS)
    ringed, reach = rng.random() < 0.5, 1.5 * radius
    canvas.glow(x, y, radius * 1.8, light, 0.5)
    with canvas.region("planet"):
        if ringed:
            canvas.rings([disc(x, y, reach + 0.014, 0.3)], mix(band, dark, 0.35), 0.028)
        canvas.ellipses([disc(x, y, radius)], light, foot=dark)
        for dy, half in ((-0.34, 0.8), (0.12, 0.86)):
            canvas.ellipses([disc(x, y + dy * radius, half * radius, 0.12)], mix(band, light, 0.35), 0.8)
        if ringed:
            # The front of the ring hides the planet; its back was painted before.
            front = [
                (x + reach * math.cos(a), y + 0.3 * reach * math.sin(a))
                for a in steps(0.0, math.pi + 0.01, math.pi / 16)
            ]
            canvas.lines([front], band, 0.028)
    with canvas.region("moon"):
        at = (0.5 - side * rng.uniform(0.22, 0.34), rng.uniform(0.66, 0.84))
        canvas.ellipses([disc(*at, rng.uniform(0.065, 0.09))], (226, 226, 236), foot=(128, 130, 156))
    return canvas


def room(size: int, rng: random.Random) -> Canvas:
    """A warm room whose wall is shelves of books, with a lamp and a rug."""
    wall = rng.choice(((232, 206, 166), (206, 216, 206), (226, 196, 186)))
    canvas = Canvas(size, wall, "wall")
    canvas.gradient(mix(wall, (255, 255, 255), 0.2), wall)
    floor = rng.uniform(0.78, 0.82)
    left, right = rng.uniform(0.04, 0.1), rng.uniform(0.9, 0.96)
    top = rng.uniform(0.05, 0.09)
    wood: Colour = rng.choice(((132, 84, 50), (104, 64, 42), (156, 106, 64)))
    with canvas.region("floor", background=True):
        canvas.gradient((186, 132, 84), (148, 98, 60), floor, 1.0)
    with canvas.region("bookshelf"):
        canvas.rectangles([(left, top, right, floor + 0.02)], mix(wood, (30, 16, 12), 0.55))
        pitch = (floor - top) / 3
        boards = [(left, top + pitch * row - 0.012, right, top + pitch * row + 0.016) for row in range(4)]
        canvas.rectangles(
            [*boards, (left, top, left + 0.026, floor + 0.02), (right - 0.026, top, right, floor + 0.02)], wood
        )
    for row in range(3):
        _books(canvas, left + 0.034, right - 0.034, top + pitch * (row + 1) - 0.012, pitch, rng)
    with canvas.region("rug", background=True):
        rug = rng.choice(((172, 56, 60), (56, 92, 140), (84, 116, 84)))
        canvas.ellipses([disc(0.5, 0.93, 0.42, 0.15)], rug)
        canvas.ellipses([disc(0.5, 0.93, 0.34, 0.13)], mix(rug, (250, 230, 190), 0.3))
    _lamp(canvas, rng.choice((0.1, 0.9)), 0.92)
    return canvas


def _books(canvas: Canvas, left: float, right: float, foot: float, pitch: float, rng: random.Random) -> None:
    by_colour: dict[Colour, list[tuple[float, float, float, float]]] = {}
    bands, x, last = [], left, None
    while x < right - 0.04:
        width = rng.uniform(0.042, 0.066)
        colour = rng.choice([spine for spine in _SPINES if spine != last])
        height = pitch * rng.uniform(0.62, 0.82)
        by_colour.setdefault(colour, []).append((x, foot - height, min(x + width, right) - 0.006, foot))
        bands.append((x, foot - 0.72 * height, min(x + width, right) - 0.006, foot - 0.72 * height + 0.018))
        x, last = x + width, colour
        if rng.random() < 0.08:
            x += 0.05
    with canvas.region("books"):
        for colour, boxes in by_colour.items():
            canvas.rectangles(boxes, colour)
        canvas.rectangles(bands[::2], (250, 226, 160), 0.6)


def _lamp(canvas: Canvas, x: float, foot: float) -> None:
    canvas.glow(x, 0.44, 0.42, (255, 236, 170), 0.5)
    with canvas.region("lamp"):
        canvas.rectangles([(x - 0.011, 0.44, x + 0.011, foot)], (70, 56, 50))
        canvas.ellipses([disc(x, foot, 0.06, 0.28)], (70, 56, 50))
        canvas.polygons(
            [[(x - 0.05, 0.34), (x + 0.05, 0.34), (x + 0.095, 0.48), (x - 0.095, 0.48)]],
            (255, 240, 190),
            foot=(250, 206, 120),
        )


def studio(size: int, colour: Colour, rng: random.Random) -> Canvas:
    """A plain backdrop in ``colour``, lit in the middle, that runs on into the floor."""
    canvas = Canvas(size, colour, "backdrop")
    shade = mix(colour, (0, 0, 0), 0.1)
    floor = rng.uniform(0.74, 0.8)
    canvas.gradient(colour, mix(colour, (255, 255, 255), 0.08), 0.0, floor)
    canvas.gradient(mix(colour, (255, 255, 255), 0.08), shade, floor - 0.12, floor)
    canvas.gradient(shade, colour, floor, 1.0)
    canvas.glow(0.5 + rng.uniform(-0.08, 0.08), 0.42, 0.62, mix(colour, (255, 255, 255), 0.5), 0.5)
    return canvas

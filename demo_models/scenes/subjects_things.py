"""Things that stand on the ground: a house, a tree, a flower."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Colour
from demo_models.scenes.subjects_pen import WHITE, Pen, blob, box, brightness, gleam, limb, oval, shade

_TILES: Colour = (176, 74, 54)
_DARK_TILES: Colour = (92, 62, 52)
_BARK: Colour = (116, 76, 44)
_STEM: Colour = (46, 138, 56)
_DOOR: Colour = (112, 68, 40)


def house(pen: Pen, wall: Colour, rng: random.Random) -> None:
    """Walls in colour under a pointed roof, with a chimney, a door and two windows that are lit in the dark."""
    reddish = wall[0] > 120 and wall[1] < 120
    roof = _DARK_TILES if reddish else _TILES
    pen.body(shade(roof, 0.3), box(0.22, 0.04, 0.34, 0.3))
    pen.body(wall, box(-0.43, 0.38, 0.43, 0.99))
    pen.fill(shade(wall, 0.18), box(-0.43, 0.38, 0.43, 0.46), box(0.34, 0.38, 0.43, 0.99))
    pen.body(roof, [(-0.54, 0.41), (-0.02, 0.02), (0.02, 0.02), (0.54, 0.41)])
    pen.fill(gleam(roof, 0.2), [(-0.46, 0.37), (-0.02, 0.05), (0.0, 0.05), (-0.32, 0.37)])
    door = rng.choice((-0.02, 0.02))
    pen.body(_DOOR, box(door - 0.095, 0.67, door + 0.095, 0.99, 0.02))
    for x in (-0.26, 0.26):
        pen.body(WHITE, box(x - 0.1, 0.53, x + 0.1, 0.75))
        glass = pen.light.window
        pen.shine(glass if pen.dark else gleam(glass, 0.2), box(x - 0.075, 0.555, x + 0.075, 0.725))
        pen.fill(WHITE, box(x - 0.012, 0.555, x + 0.012, 0.725))


def tree(pen: Pen, leaves: Colour, rng: random.Random) -> None:
    """A round crown on a brown trunk."""
    lean = rng.uniform(-0.03, 0.03)
    pen.body(_BARK, [(-0.07, 0.5), (0.07, 0.5), (0.085, 0.9), (0.14, 0.99), (-0.14, 0.99), (-0.085, 0.9)])
    pen.fill(shade(_BARK, 0.3), [(0.02, 0.5), (0.07, 0.5), (0.085, 0.9), (0.14, 0.99), (0.04, 0.99)])
    crown = [
        oval(-0.21, 0.42, 0.2, 0.2),
        oval(0.21, 0.43, 0.2, 0.19),
        oval(lean, 0.22, 0.24, 0.2),
        oval(0.0, 0.45, 0.25, 0.19),
    ]
    pen.body(leaves, *crown)
    pen.fill(
        shade(leaves, 0.28),
        blob(
            (-0.34, 0.5),
            (-0.1, 0.52),
            (0.16, 0.5),
            (0.36, 0.42),
            (0.32, 0.55),
            (0.15, 0.6),
            (-0.1, 0.61),
            (-0.27, 0.58),
        ),
    )
    pen.fill(gleam(leaves, 0.25), oval(lean - 0.06, 0.16, 0.12, 0.08, -20), oval(-0.24, 0.36, 0.08, 0.06, -20))


def flower(pen: Pen, petals: Colour, rng: random.Random) -> None:
    """Six round petals around a centre, on a stem with two leaves."""
    turn = rng.uniform(-0.15, 0.15)
    pen.body(_STEM, limb((0.0, 0.4), (0.0, 0.97), 0.032))
    pen.body(
        _STEM,
        blob((0.0, 0.9), (0.08, 0.74), (0.3, 0.66), (0.24, 0.82)),
        blob((0.0, 0.93), (-0.08, 0.78), (-0.3, 0.7), (-0.24, 0.86)),
    )
    x, y, reach = 0.0, 0.3, 0.175
    angles = [turn + math.tau * step / 6 for step in range(6)]
    heads = [oval(x + reach * math.cos(a), y + reach * math.sin(a), 0.125, 0.105, math.degrees(a)) for a in angles]
    pen.body(petals, *heads)
    pen.fill(
        shade(petals, 0.25),
        *[limb((x, y), (x + 0.2 * math.cos(a), y + 0.2 * math.sin(a)), 0.022, 0.012) for a in angles],
    )
    yellow = petals[0] > 180 and petals[1] > 150 and brightness(petals) < 235
    pen.body((120, 66, 30) if yellow else (250, 190, 30), oval(x, y, 0.1, 0.1))

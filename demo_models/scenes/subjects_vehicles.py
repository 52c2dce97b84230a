"""Vehicles from the side, and the hot-air balloon."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Colour
from demo_models.scenes.lights import mix
from demo_models.scenes.subjects_pen import WHITE, Outline, Pen, blob, box, brightness, gleam, limb, oval, shade

_TYRE: Colour = (44, 44, 50)
_LAMP: Colour = (255, 236, 150)
_WOOD: Colour = (150, 96, 52)


def bicycle(pen: Pen, paint: Colour, rng: random.Random) -> None:
    """Two large wheels with coloured rims, a diamond frame, a saddle and a handlebar."""
    turn = rng.uniform(0, math.pi)
    wheels = ((-0.49, 0.66), (0.49, 0.66))
    for x, y in wheels:
        pen.fill(WHITE, oval(x, y, 0.27, 0.27), opacity=0.18)
        if pen.dark or brightness(paint) < 60:
            pen.ring((150, 150, 160), x, y, 0.34, 0.03)
        pen.ring(_TYRE, x, y, 0.33, 0.05)
        pen.ring(paint, x, y, 0.285, 0.06)
        pen.fill(shade(paint), oval(x, y, 0.05, 0.05))
    back, front = wheels
    pedals, seat, head = (-0.07, 0.68), (-0.21, 0.24), (0.33, 0.24)
    steel = [
        limb(a, b, 0.038)
        for a, b in (
            (back, pedals), (back, seat), (pedals, seat), (pedals, head), ((-0.18, 0.3), (0.33, 0.28)), (head, front),
        )
    ]  # fmt: skip
    pen.body(paint, *steel)
    pen.body(_TYRE, limb((-0.34, 0.13), (-0.13, 0.14), 0.05, 0.035), limb((-0.24, 0.14), seat, 0.028))
    pen.body(
        _TYRE,
        limb(head, (0.3, 0.08), 0.028),
        limb((0.3, 0.06), (0.44, 0.06), 0.032),
        limb((0.44, 0.06), (0.46, 0.15), 0.032),
    )
    reach = (0.13 * math.cos(turn), 0.13 * math.sin(turn))
    pen.fill(
        _TYRE, limb((pedals[0] - reach[0], pedals[1] - reach[1]), (pedals[0] + reach[0], pedals[1] + reach[1]), 0.026)
    )
    pen.body(shade(paint), oval(*pedals, 0.075, 0.075))


def car(pen: Pen, paint: Colour, rng: random.Random) -> None:
    """A small car with two windows, lamps and dark wheels."""
    roof = rng.uniform(-0.04, 0.04)
    cabin = blob(
        (-0.72, 0.44),
        (-0.56 + roof, 0.1),
        (-0.36 + roof, 0.025),
        (0.12 + roof, 0.025),
        (0.34 + roof, 0.12),
        (0.62, 0.44),
        (0.0, 0.6),
    )
    pen.body(
        paint,
        cabin,
        blob(
            (-0.98, 0.5),
            (-0.8, 0.4),
            (0.0, 0.38),
            (0.62, 0.4),
            (0.92, 0.48),
            (1.0, 0.68),
            (0.94, 0.82),
            (0.0, 0.84),
            (-0.94, 0.82),
        ),
    )
    glass = pen.light.window if not pen.dark else mix(pen.light.window, (60, 60, 60), 0.25)
    pen.shine(
        gleam(glass, 0.25),
        [(-0.56, 0.39), (-0.44 + roof, 0.14), (-0.16 + roof, 0.12), (-0.16, 0.39)],
        [(-0.06, 0.39), (-0.06 + roof, 0.12), (0.2 + roof, 0.14), (0.44, 0.39)],
    )
    pen.fill(
        shade(paint, 0.3), box(-0.92, 0.68, 0.95, 0.78, 0.04), box(-0.125, 0.46, -0.095, 0.7), box(0.0, 0.5, 0.12, 0.54)
    )
    pen.fill(gleam(paint), limb((-0.8, 0.47), (-0.24, 0.455), 0.018), limb((0.12, 0.455), (0.72, 0.475), 0.018))
    for x in (-0.55, 0.56):
        pen.body(_TYRE, oval(x, 0.78, 0.205, 0.205))
        pen.fill((190, 192, 200), oval(x, 0.78, 0.1, 0.1))
    pen.shine((230, 40, 40), oval(-0.94, 0.56, 0.045, 0.07))
    if pen.dark:
        pen.glow(_LAMP, 0.96, 0.57, 0.26)
    pen.shine(_LAMP, oval(0.91, 0.57, 0.065, 0.075))


def boat(pen: Pen, paint: Colour, rng: random.Random) -> None:
    """A sailing boat: the hull and the small sail in colour, the large sail white."""
    belly = rng.uniform(-0.03, 0.03)
    pen.body(_WOOD, box(-0.07, 0.0, -0.015, 0.74))
    cloth = (236, 240, 248)
    pen.body(
        cloth, blob((0.03, 0.05), (0.22 + belly, 0.28), (0.42 + belly, 0.62), (0.24, 0.655), (0.03, 0.65), (0.03, 0.4))
    )
    pen.fill(shade(cloth, 0.14), [(0.03, 0.5), (0.35 + belly, 0.5), (0.4 + belly, 0.6), (0.03, 0.62)])
    pen.body(paint, [(-0.1, 0.1), (-0.1, 0.65), (-0.46 - belly, 0.65)])
    pen.body(
        paint,
        blob(
            (-0.6, 0.74),
            (-0.57, 0.72),
            (0.0, 0.75),
            (0.6, 0.7),
            (0.65, 0.72),
            (0.5, 0.93),
            (0.38, 0.985),
            (-0.36, 0.985),
            (-0.48, 0.93),
        ),
    )
    stripe = (60, 90, 150) if brightness(paint) > 235 else WHITE
    pen.fill(stripe, [(-0.56, 0.79), (0.59, 0.79), (0.56, 0.84), (-0.54, 0.84)])
    pen.fill(shade(paint, 0.28), [(-0.48, 0.91), (0.51, 0.91), (0.4, 0.975), (-0.38, 0.975)])
    if pen.dark:
        pen.shine(_LAMP, oval(-0.04, 0.04, 0.05, 0.05))


def balloon(pen: Pen, cloth: Colour, rng: random.Random) -> None:
    """A hot-air balloon with upright stripes, ropes and a basket."""
    narrow = rng.uniform(0.0, 0.02)
    pen.fill(shade(_WOOD, 0.4), *[limb((s * 0.12, 0.7), (s * 0.085, 0.88), 0.016) for s in (-1, 1)])
    pen.body(cloth, _gore(0.36 - narrow))
    pale = mix(cloth, WHITE, 0.75)
    pen.fill(shade(cloth, 0.22), _gore(0.355 - narrow, 0.27 - narrow))
    pen.fill(pale, _gore(0.245, 0.12), _gore(-0.12, -0.245))
    pen.fill(gleam(cloth, 0.18), _gore(-0.02, -0.12))
    pen.fill(shade(cloth, 0.3), box(-0.125, 0.7, 0.125, 0.745, 0.02))
    if pen.dark:
        pen.glow((255, 200, 90), 0.0, 0.66, 0.15)
        pen.shine((255, 200, 90), oval(0.0, 0.78, 0.04, 0.05))
    pen.body(_WOOD, box(-0.11, 0.86, 0.11, 0.99, 0.03))
    pen.fill(shade(_WOOD, 0.35), box(-0.115, 0.86, 0.115, 0.9, 0.015))


def _gore(outer: float, inner: float | None = None) -> Outline:
    """The envelope out to ``outer``, or the stripe of it between ``outer`` and ``inner`` (at its widest)."""
    other = -outer if inner is None else inner
    right, left = [], []
    for step in range(25):
        y = 0.02 + 0.7 * step / 24
        # A half circle above; below it narrows to the mouth.
        wide = math.sqrt(1 - ((0.36 - y) / 0.345) ** 2) if y < 0.36 else 1 - 0.64 * ((y - 0.36) / 0.36) ** 1.6
        right.append((outer * wide, y))
        left.append((other * wide, y))
    return right + left[::-1]

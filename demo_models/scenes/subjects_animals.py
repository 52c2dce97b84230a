"""Animals from the side: the cat sits, the dog, the bird and the horse stand, the fish swims."""

from __future__ import annotations

import random

from demo_models.scenes.canvas import Colour, Point
from demo_models.scenes.lights import mix
from demo_models.scenes.subjects_pen import (
    INK,
    WHITE,
    Outline,
    Pen,
    blob,
    box,
    brightness,
    gleam,
    limb,
    oval,
    ribbon,
    shade,
)

_PINK: Colour = (240, 150, 150)
_BEAK: Colour = (245, 150, 30)
_RED: Colour = (214, 40, 45)


def cat(pen: Pen, coat: Colour, rng: random.Random) -> None:
    """Sitting, its face to the viewer, with pointed ears and a tail that curls upwards."""
    tip = rng.uniform(-0.03, 0.03)
    tail = ribbon([(-0.1, 0.93), (-0.3, 0.9), (-0.37, 0.72), (-0.29, 0.58), (-0.33, 0.44 + tip)], 0.05, 0.04)
    torso = blob(
        (0.02, 0.36), (-0.12, 0.58), (-0.23, 0.84), (-0.14, 0.97), (0.1, 0.985), (0.3, 0.97), (0.3, 0.76), (0.26, 0.4)
    )
    pen.body(coat, *tail, torso)
    pen.fill(shade(coat), oval(-0.06, 0.82, 0.13, 0.15), box(0.17, 0.68, 0.195, 0.97))
    pen.fill(gleam(coat, 0.3 if brightness(coat) > 60 else 0.12), oval(0.18, 0.53, 0.08, 0.13))
    _cat_head(pen, coat, 0.14, 0.25)


def _cat_head(pen: Pen, coat: Colour, x: float, y: float) -> None:
    """The face around (``x``, ``y``), with its ears, in the frame of a sitting cat."""
    ears = [[(x + s * 0.235, y + 0.0), (x + s * 0.215, y - 0.235), (x + s * 0.04, y - 0.13)] for s in (-1, 1)]
    pen.body(coat, oval(x, y, 0.235, 0.185), *ears)
    pen.fill(
        _PINK, *[[(x + s * 0.185, y - 0.09), (x + s * 0.185, y - 0.18), (x + s * 0.105, y - 0.13)] for s in (-1, 1)]
    )
    if 60 < brightness(coat) < 235:
        stripes = [limb((x + s * 0.055, y - 0.16), (x + s * 0.045, y - 0.09), 0.018) for s in (-1, 0, 1)]
        pen.fill(shade(coat, 0.35), *stripes)
    eyes = [oval(x + s * 0.09, y - 0.005, 0.05, 0.05) for s in (-1, 1)]
    if pen.dark:
        pen.shine((190, 220, 90), *eyes)
    else:
        pen.fill((130, 205, 70) if brightness(coat) < 60 else (60, 120, 50), *eyes)
    pen.fill(INK, *[oval(x + s * 0.09, y - 0.005, 0.02, 0.042) for s in (-1, 1)])
    pen.fill((235, 110, 120), [(x - 0.035, y + 0.06), (x + 0.035, y + 0.06), (x, y + 0.1)])


def dog(pen: Pen, coat: Colour, rng: random.Random) -> None:
    """Standing, with a long snout, a hanging ear, a red collar and a straight tail."""
    wag = rng.uniform(-0.04, 0.04)
    far = shade(coat, 0.3)
    pen.body(far, limb((0.1, 0.65), (0.13, 0.95), 0.065, 0.05), limb((-0.3, 0.65), (-0.27, 0.95), 0.065, 0.05))
    torso = blob(
        (-0.42, 0.5), (-0.3, 0.41), (0.0, 0.42), (0.2, 0.36), (0.3, 0.5), (0.2, 0.72), (-0.05, 0.71), (-0.36, 0.7)
    )
    pen.body(
        coat,
        limb((-0.38, 0.48), (-0.53 + wag, 0.2), 0.055, 0.035),
        torso,
        limb((0.2, 0.62), (0.22, 0.95), 0.075, 0.055),
        limb((-0.36, 0.6), (-0.4, 0.95), 0.09, 0.055),
        box(0.17, 0.925, 0.33, 0.995, 0.03),
        box(-0.45, 0.925, -0.29, 0.995, 0.03),
        limb((0.15, 0.48), (0.26, 0.3), 0.13, 0.11),
    )
    _dog_head(pen, coat, 0.28, 0.23)


def _dog_head(pen: Pen, coat: Colour, x: float, y: float) -> None:
    """Skull around (``x``, ``y``), snout, ear and collar, in the frame of a standing dog."""
    pen.fill(_RED, limb((x - 0.18, y + 0.15), (x + 0.06, y + 0.28), 0.035))
    pen.body(_PINK, oval(x + 0.2, y + 0.17, 0.045, 0.075))
    pen.body(coat, oval(x, y, 0.175, 0.165), box(x + 0.02, y - 0.02, x + 0.32, y + 0.15, 0.07))
    pen.fill(INK, oval(x + 0.3, y + 0.005, 0.052, 0.045), oval(x + 0.085, y - 0.055, 0.03, 0.036))
    ear = (150, 95, 55) if brightness(coat) > 235 else shade(coat, 0.42)
    pen.body(
        ear,
        blob((x - 0.1, y - 0.14), (x - 0.0, y - 0.1), (x + 0.01, y + 0.08), (x - 0.08, y + 0.2), (x - 0.17, y + 0.08)),
    )


def sitting_dog(pen: Pen, coat: Colour) -> None:
    """The dog as it sits on what it rides."""
    torso = blob(
        (0.02, 0.36), (-0.14, 0.58), (-0.25, 0.84), (-0.16, 0.97), (0.1, 0.985), (0.28, 0.95), (0.28, 0.7), (0.24, 0.4)
    )
    pen.body(coat, limb((-0.18, 0.9), (-0.45, 0.72), 0.06, 0.04), torso)
    _dog_head(pen, coat, 0.1, 0.22)


def bird(pen: Pen, plumage: Colour, rng: random.Random) -> None:
    """Standing, with a round breast, a pointed beak, a folded wing and a raised tail."""
    lift = rng.uniform(-0.03, 0.03)
    legs = [limb((x, 0.74), (x, 0.955), 0.026) for x in (-0.05, 0.12)]
    pen.body(_BEAK, *legs, *[limb((x, 0.965), (x + 0.1, 0.965), 0.026) for x in (-0.05, 0.12)])
    pen.body(_BEAK, [(0.38, 0.17), (0.6, 0.27), (0.38, 0.34)])
    tail = [(-0.22, 0.42), (-0.58, 0.28 + lift), (-0.6, 0.44 + lift), (-0.25, 0.68)]
    torso = blob(
        (0.3, 0.2), (0.42, 0.5), (0.26, 0.74), (0.0, 0.8), (-0.26, 0.68), (-0.34, 0.5), (-0.14, 0.4), (0.05, 0.2)
    )
    pen.body(plumage, tail, torso, oval(0.24, 0.23, 0.205, 0.2))
    pen.fill(gleam(plumage, 0.5 if brightness(plumage) > 60 else 0.2), oval(0.24, 0.58, 0.13, 0.16, -20))
    wing = blob((0.12, 0.42), (0.1, 0.6), (-0.1, 0.68), (-0.38, 0.58), (-0.2, 0.48), (-0.06, 0.38))
    pen.body(shade(plumage, 0.3), wing)
    pen.fill(WHITE, oval(0.29, 0.2, 0.055, 0.055))
    pen.fill(INK, oval(0.3, 0.2, 0.035, 0.038))


def fish(pen: Pen, scales: Colour, rng: random.Random) -> None:
    """Swimming, with a forked tail, fins and two pale stripes."""
    sway = rng.uniform(-0.05, 0.05)
    fins = shade(scales, 0.25)
    tail = blob(
        (-0.3, 0.5), (-0.6, 0.16 + sway), (-0.74, 0.14 + sway), (-0.62, 0.5), (-0.74, 0.86 + sway), (-0.6, 0.84 + sway)
    )
    pen.body(
        fins,
        tail,
        blob((-0.14, 0.25), (-0.1, 0.03), (0.12, 0.02), (0.36, 0.22)),
        blob((-0.05, 0.75), (-0.12, 0.97), (0.06, 0.97), (0.22, 0.75)),
    )
    pen.body(
        scales,
        blob(
            (-0.42, 0.5), (-0.2, 0.28), (0.2, 0.15), (0.58, 0.3), (0.74, 0.52), (0.56, 0.72), (0.2, 0.85), (-0.2, 0.72)
        ),
    )
    for x, high in ((-0.1, 0.22), (0.24, 0.3)):
        pen.fill(
            mix(scales, WHITE, 0.72),
            blob(
                (x, 0.5 - high),
                (x + 0.1, 0.5),
                (x, 0.5 + high),
                (x - 0.07, 0.5 + high * 0.9),
                (x + 0.02, 0.5),
                (x - 0.07, 0.5 - high * 0.9),
            ),
        )
    pen.fill(fins, blob((0.1, 0.5), (-0.08, 0.5), (-0.12, 0.62), (0.04, 0.64)))
    pen.fill(WHITE, oval(0.49, 0.41, 0.085, 0.085))
    pen.fill(INK, oval(0.51, 0.41, 0.05, 0.055))


def horse(pen: Pen, coat: Colour, rng: random.Random) -> None:
    """On long legs, one of them raised, with an arched neck, a mane and a hanging tail."""
    sway = rng.uniform(-0.03, 0.03)
    hair = _horse_hair(coat)
    pen.body(
        shade(coat, 0.28),
        *_horse_leg((0.2, 0.5), (0.33, 0.66), (0.29, 0.84)),
        *_horse_leg((-0.27, 0.5), (-0.24, 0.74), (-0.21, 0.955)),
    )
    pen.body(hair, *ribbon([(-0.44, 0.4), (-0.545, 0.5), (-0.54 + sway, 0.8)], 0.055, 0.04))
    trunk = blob(
        (-0.45, 0.42), (-0.32, 0.335), (-0.08, 0.365), (0.12, 0.34), (0.28, 0.42),
        (0.22, 0.57), (0.0, 0.615), (-0.22, 0.59), (-0.44, 0.54),
    )  # fmt: skip
    neck = blob((0.06, 0.38), (0.24, 0.16), (0.36, 0.06), (0.44, 0.14), (0.36, 0.32), (0.28, 0.5))
    head = [limb((0.37, 0.13), (0.57, 0.28), 0.085, 0.055), [(0.3, 0.12), (0.31, 0.0), (0.39, 0.06)]]
    pen.body(
        coat,
        trunk,
        neck,
        *head,
        *_horse_leg((0.17, 0.5), (0.16, 0.74), (0.17, 0.955)),
        *_horse_leg((-0.37, 0.5), (-0.39, 0.74), (-0.41, 0.955)),
    )
    pen.body(
        hair, blob((0.34, 0.02), (0.25, 0.05), (0.11, 0.21), (0.05, 0.4), (0.13, 0.41), (0.22, 0.27), (0.31, 0.15))
    )
    pen.fill(shade(INK, 0.12), *[box(x - 0.05, 0.945, x + 0.05, 1.0, 0.015) for x in (0.17, -0.41)])
    pen.fill(shade(coat, 0.25), oval(0.575, 0.285, 0.05, 0.05), oval(-0.1, 0.565, 0.2, 0.026))
    pen.fill(INK, oval(0.41, 0.135, 0.024, 0.026))


def _horse_hair(coat: Colour) -> Colour:
    """The mane's colour."""
    if brightness(coat) > 200:
        return (176, 168, 160)
    return (88, 84, 92) if brightness(coat) < 60 else (52, 32, 24)


def _horse_leg(top: Point, knee: Point, hoof: Point) -> list[Outline]:
    return [limb(top, knee, 0.085, 0.048), limb(knee, hoof, 0.042, 0.039)]

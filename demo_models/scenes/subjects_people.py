"""People from the front, standing; and from the side, as they ride."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from demo_models.scenes.canvas import Colour, Point
from demo_models.scenes.lights import mix
from demo_models.scenes.subjects_pen import INK, WHITE, Pen, blob, box, gleam, limb, oval, shade

_SKINS: tuple[Colour, ...] = ((244, 202, 168), (214, 158, 116), (150, 98, 66))
_HAIRS: tuple[Colour, ...] = ((84, 56, 40), (126, 80, 44), (70, 62, 64))
_SUIT_WHITE: Colour = (238, 240, 244)
_RED: Colour = (212, 36, 42)
_GOLD: Colour = (250, 205, 50)
_GREY: Colour = (150, 156, 168)


@dataclass(frozen=True)
class Seat:
    """Where a rider's body meets the mount, in the frame of both together."""

    hips: Point
    hands: Point
    knee: Point
    foot: Point


@dataclass(frozen=True)
class Outfit:
    """What a person wears. ``girth`` thickens the limbs, ``stance`` is half the distance of the feet."""

    skin: Colour
    hair: Colour
    top: Colour
    trousers: Colour
    shoes: Colour
    gloves: Colour
    head: Callable[[Pen, Outfit, float, float, float], None]
    chest: Callable[[Pen, Outfit, bool], None]
    back: Callable[[Pen, Outfit, bool], None]
    girth: float = 1.0
    stance: float = 0.1
    elbow: float = 0.23  # how far the elbows stand out
    fists_on_hips: bool = False


def outfit_of(name: str, colour: Colour, rng: random.Random) -> Outfit:
    """The outfit of the person called ``name`` in the vocabulary; ``colour`` is that of the main garment."""
    skin, hair = rng.choice(_SKINS), rng.choice(_HAIRS)
    if name == "astronaut":
        return Outfit(
            skin, hair, colour, colour, _GREY, _GREY, _helmet, _control_panel, _life_support, 1.45, 0.13, 0.28
        )
    if name == "superhero":
        return Outfit(skin, hair, colour, colour, _RED, _RED, _masked, _emblem, _cape, 1.1, 0.2, 0.33, True)
    if name == "person in a suit":
        return Outfit(skin, hair, colour, colour, (20, 18, 20), skin, _bare, _tie, _nothing, 1.05, 0.09, 0.235)
    return Outfit(skin, hair, colour, (66, 68, 84), (48, 40, 40), skin, _bare, _plain, _nothing)


def standing(pen: Pen, outfit: Outfit, reading: bool) -> None:
    """Paint the person from the front, with an open book in the hands if ``reading``."""
    wide = outfit.girth
    outfit.back(pen, outfit, False)
    for side in (-1, 1):
        foot = side * outfit.stance
        pen.body(outfit.trousers, limb((side * 0.075 * wide, 0.64), (foot, 0.92), 0.075 * wide, 0.058 * wide))
        pen.body(outfit.shoes, limb((foot - side * 0.01, 0.95), (foot + side * 0.05, 0.955), 0.042))
    arms = (0.045 * wide, 0.04 * wide)
    torso = blob(
        (-0.1 * wide, 0.33), (0.1 * wide, 0.33), (0.175 * wide, 0.37), (0.155 * wide, 0.55), (0.15 * wide, 0.68),
        (-0.15 * wide, 0.68), (-0.155 * wide, 0.55), (-0.175 * wide, 0.37),
    )  # fmt: skip
    if not reading:
        hand = (0.15, 0.59) if outfit.fists_on_hips else (outfit.elbow + 0.01, 0.64)
        elbow = (outfit.elbow, 0.5)
        shoulder = (0.14 * wide, 0.39)
        for s in (-1, 1):
            pen.body(
                outfit.top,
                limb((s * shoulder[0], shoulder[1]), (s * elbow[0], elbow[1]), *arms),
                limb((s * elbow[0], elbow[1]), (s * hand[0], hand[1]), arms[1]),
            )
            pen.body(outfit.gloves, oval(s * hand[0], hand[1], 0.048, 0.048))
    pen.body(outfit.top, torso)
    outfit.chest(pen, outfit, False)
    if reading:
        for s in (-1, 1):
            elbow = (s * (0.15 * wide + 0.05), 0.53)
            pen.body(outfit.top, limb((s * 0.14 * wide, 0.39), elbow, *arms), limb(elbow, (s * 0.17, 0.56), arms[1]))
        _book(pen)
        pen.body(outfit.gloves, *[oval(s * 0.2, 0.56, 0.042, 0.042) for s in (-1, 1)])
    outfit.head(pen, outfit, 0.0, 0.175, 0.145)


def astride(pen: Pen, outfit: Outfit, seat: Seat) -> None:
    """Paint the person from the side on ``seat``: one leg and one arm are seen."""
    wide = outfit.girth
    hips = seat.hips
    neck = (hips[0] + 0.09, hips[1] - 0.23)
    side = pen.within(neck[0] - 0.01, hips[1] + 0.24, 0.74)
    outfit.back(side, outfit, True)
    pen.body(outfit.top, limb(hips, neck, 0.085 * wide, 0.075 * wide))
    pen.body(
        outfit.trousers,
        limb(hips, seat.knee, 0.07 * wide, 0.055 * wide),
        limb(seat.knee, seat.foot, 0.05 * wide, 0.042 * wide),
    )
    pen.body(outfit.shoes, limb(seat.foot, (seat.foot[0] + 0.05, seat.foot[1] + 0.005), 0.036))
    elbow = (0.45 * neck[0] + 0.55 * seat.hands[0] - 0.01, 0.42 * neck[1] + 0.58 * seat.hands[1] + 0.035)
    pen.body(
        shade(outfit.top, 0.12),
        limb((neck[0] + 0.005, neck[1] + 0.04), elbow, 0.042 * wide, 0.036 * wide),
        limb(elbow, seat.hands, 0.036 * wide),
    )
    pen.body(outfit.gloves, oval(*seat.hands, 0.038, 0.038))
    outfit.chest(side, outfit, True)
    outfit.head(pen, outfit, neck[0] + 0.03, neck[1] - 0.075, 0.11)


def _bare(pen: Pen, outfit: Outfit, x: float, y: float, radius: float) -> None:
    def around(*points: Point) -> list[Point]:
        return [(x + u * radius, y + v * radius) for u, v in points]

    cap = around(
        (-1.02, 0.3), (-1.04, -0.3), (-0.62, -0.95), (0.0, -1.12), (0.62, -0.95), (1.04, -0.3), (1.02, 0.3),
        (0.8, -0.15), (0.3, -0.38), (-0.35, -0.3), (-0.8, -0.15),
    )  # fmt: skip
    # The hair's rim lies behind the face, the hair itself on it.
    pen.body(outfit.hair, blob(*cap))
    pen.body(outfit.skin, oval(x, y + 0.05 * radius, 0.95 * radius, radius))
    pen.fill(outfit.hair, blob(*cap))
    pen.fill(INK, *[oval(x + s * 0.36 * radius, y + 0.14 * radius, 0.14 * radius, 0.17 * radius) for s in (-1, 1)])
    pen.fill((186, 70, 70), blob(*around((-0.3, 0.5), (0.0, 0.58), (0.3, 0.5), (0.0, 0.76))))


def _masked(pen: Pen, outfit: Outfit, x: float, y: float, radius: float) -> None:
    _bare(pen, outfit, x, y, radius)
    corners = ((-0.96, 0.0), (-0.5, -0.16), (0.5, -0.16), (0.96, 0.0), (0.5, 0.42), (0.0, 0.28), (-0.5, 0.42))
    pen.fill(_RED, blob(*[(x + u * radius, y + v * radius) for u, v in corners]))
    pen.fill(WHITE, *[oval(x + s * 0.4 * radius, y + 0.13 * radius, 0.17 * radius, 0.13 * radius) for s in (-1, 1)])


def _helmet(pen: Pen, outfit: Outfit, x: float, y: float, radius: float) -> None:
    pen.body(outfit.top, oval(x, y, 1.22 * radius, 1.17 * radius))
    pen.body((38, 52, 88), oval(x + 0.05 * radius, y + 0.08 * radius, 0.86 * radius, 0.7 * radius))
    pen.fill((120, 160, 214), oval(x - 0.32 * radius, y - 0.2 * radius, 0.28 * radius, 0.16 * radius, -30))


def _plain(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    if sideways:
        return
    pen.fill(shade(outfit.top, 0.18), blob((0.08, 0.36), (0.165, 0.38), (0.145, 0.68), (0.05, 0.68), (0.1, 0.5)))


def _tie(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    if sideways:
        pen.fill(WHITE, [(0.03, 0.36), (0.12, 0.36), (0.125, 0.43), (0.05, 0.42)])
        pen.fill(_RED, [(0.065, 0.37), (0.11, 0.37), (0.125, 0.5), (0.1, 0.57), (0.065, 0.5)])
        return
    pen.fill(WHITE, [(-0.085, 0.315), (0.085, 0.315), (0.0, 0.58)])
    pen.fill(
        _RED,
        [(-0.035, 0.335), (0.035, 0.335), (0.022, 0.38), (0.045, 0.52), (0.0, 0.57), (-0.045, 0.52), (-0.022, 0.38)],
    )
    pen.fill(
        gleam(outfit.top, 0.2),
        [(-0.09, 0.32), (-0.125, 0.4), (-0.01, 0.59), (-0.02, 0.53)],
        [(0.09, 0.32), (0.125, 0.4), (0.01, 0.59), (0.02, 0.53)],
    )


def _control_panel(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    if sideways:
        return
    pen.body((86, 120, 186), box(-0.11, 0.44, 0.11, 0.57, 0.02))
    pen.fill(_RED, oval(-0.055, 0.505, 0.03, 0.03))
    pen.fill(_GOLD, oval(0.045, 0.505, 0.03, 0.03))
    pen.fill((240, 130, 50), box(-0.21, 0.63, 0.21, 0.67))


def _emblem(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    if sideways:
        return
    pen.fill(_GOLD, [(-0.09, 0.4), (0.09, 0.4), (0.1, 0.45), (0.0, 0.56), (-0.1, 0.45)])
    pen.fill(_RED, [(-0.045, 0.43), (0.045, 0.43), (0.0, 0.51)])
    pen.fill(_GOLD, box(-0.165, 0.625, 0.165, 0.67))
    pen.fill(_RED, [(-0.16, 0.67), (0.16, 0.67), (0.06, 0.75), (-0.06, 0.75)])


def _nothing(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    return None


def _life_support(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    pen.body(_GREY, box(-0.34, 0.3, -0.06, 0.66, 0.04) if sideways else box(-0.25, 0.3, 0.25, 0.6, 0.05))


def _cape(pen: Pen, outfit: Outfit, sideways: bool) -> None:
    if sideways:
        pen.body(
            _RED,
            blob((0.02, 0.32), (-0.3, 0.4), (-0.62, 0.38), (-0.56, 0.58), (-0.62, 0.74), (-0.3, 0.7), (-0.08, 0.62)),
        )
    else:
        pen.body(
            _RED,
            blob(
                (-0.12, 0.32),
                (0.12, 0.32),
                (0.26, 0.55),
                (0.36, 0.86),
                (0.18, 0.82),
                (0.0, 0.87),
                (-0.18, 0.82),
                (-0.36, 0.86),
                (-0.26, 0.55),
            ),
        )
        pen.fill(mix(_RED, INK, 0.3), blob((-0.1, 0.5), (0.1, 0.5), (0.16, 0.8), (0.0, 0.85), (-0.16, 0.8)))


def _book(pen: Pen) -> None:
    pen.body((168, 62, 44), [(-0.23, 0.47), (0.0, 0.51), (0.23, 0.47), (0.23, 0.66), (0.0, 0.7), (-0.23, 0.66)])
    page = (252, 248, 232)
    pen.fill(page, [(-0.2, 0.465), (-0.012, 0.5), (-0.012, 0.665), (-0.2, 0.63)])
    pen.fill(page, [(0.2, 0.465), (0.012, 0.5), (0.012, 0.665), (0.2, 0.63)])

"""Single things that several places have: mountains and trees, each a region of its own."""

from __future__ import annotations

import math

from demo_models.scenes.canvas import Colour, Point
from demo_models.scenes.forms import conifer, disc
from demo_models.scenes.setting import Setting


def peak(setting: Setting, x: float, y: float, foot: float, lit: int, haze: float = 0.06, slope: float = 0.58) -> None:
    """A snowy mountain from its top at (``x``, ``y``) down to ``foot``.

    ``lit`` tells its bright side, -1 the left; ``slope`` is half its width for its height.
    """
    canvas, height = setting.canvas, foot - y
    half, depth = slope * height, 0.34 * height
    fold: list[Point] = [(x, y), (x + 0.04 * height, y + 0.3 * height), (x - 0.05 * height, y + 0.55 * height)]
    fold.append((x + 0.09 * height, foot))
    with canvas.region("mountain"):
        for side in (-1, 1):
            bright = side == lit
            top: Colour = (136, 134, 158) if bright else (84, 86, 118)
            base: Colour = (108, 128, 124) if bright else (72, 98, 100)
            face = [*fold, (x + side * half, foot)]
            canvas.polygons([face], setting.on(top, haze), foot=setting.on(base, haze + 0.16))
            run = side * slope
            cap = [
                (x, y), (x + run * depth, y + depth), (x + run * depth * 0.55, y + depth * 0.72),
                (x + run * depth * 0.3, y + depth * 1.05), (x + 0.04 * depth, y + depth * 0.7),
            ]  # fmt: skip
            canvas.polygons([cap], setting.on((253, 253, 255) if bright else (190, 204, 232), haze * 0.6))


def palm(setting: Setting, x: float, foot: float, height: float, lean: int) -> None:
    """A palm whose bent trunk leads to a crown of hanging leaves; it leans right (+1) or left (-1)."""
    top: Point = (x + lean * 0.24 * height, foot - height)
    spine = [(x + lean * 0.24 * height * (t / 6) ** 2, foot - height * t / 6) for t in range(7)]
    with setting.canvas.region("palm"):
        width = 0.042 * height + 0.008
        trunk = [(px - width * (1 - 0.08 * i), py) for i, (px, py) in enumerate(spine)]
        trunk += [(px + width * (1 - 0.08 * i), py) for i, (px, py) in reversed(list(enumerate(spine)))]
        setting.canvas.polygons([trunk], setting.on((158, 112, 68)), foot=setting.on((116, 78, 48)))
        back = [
            _frond(top, height * reach, angle) for angle, reach in ((-150, 0.5), (-30, 0.5), (-112, 0.4), (-68, 0.4))
        ]
        setting.canvas.polygons(back, setting.on((40, 128, 66), snowed=0.3))
        front = [
            _frond(top, height * reach, angle) for angle, reach in ((178, 0.42), (2, 0.42), (-134, 0.46), (-46, 0.46))
        ]
        setting.canvas.polygons(
            front, setting.on((88, 178, 76), snowed=0.45), foot=setting.on((34, 122, 62), snowed=0.1)
        )
        nuts = [disc(top[0] + dx * height, top[1] + 0.035 * height, 0.036 * height) for dx in (-0.04, 0.04)]
        setting.canvas.ellipses(nuts, setting.on((104, 66, 40)))


def _frond(root: Point, reach: float, angle: float) -> list[Point]:
    """A leaf that leaves ``root`` at ``angle`` (degrees) and bends down with its weight."""
    across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    upper, lower = [], []
    for step in range(9):
        t = step / 8
        x, y = root[0] + reach * t * across, root[1] + reach * (t * up * 0.9 + 0.66 * t * t)
        thick = reach * 0.14 * math.sin(math.pi * (0.12 + 0.88 * t))
        upper.append((x, y - thick))
        lower.append((x, y + thick * 0.6))
    return upper + lower[::-1]


def fir(setting: Setting, x: float, foot: float, height: float) -> None:
    """A dark conifer in front of others."""
    with setting.canvas.region("tree"):
        width = 0.03 * height + 0.005
        setting.canvas.rectangles([(x - width, foot - 0.12 * height, x + width, foot)], setting.on((96, 66, 44)))
        setting.canvas.polygons(
            conifer(x, foot - 0.03 * height, height * 0.97),
            setting.on((62, 140, 82), snowed=0.65), foot=setting.on((18, 78, 48), snowed=0.25),
        )  # fmt: skip


def round_tree(setting: Setting, x: float, foot: float, height: float) -> None:
    """A tree with a leafy crown."""
    with setting.canvas.region("tree"):
        width = 0.05 * height + 0.004
        setting.canvas.rectangles([(x - width, foot - 0.4 * height, x + width, foot)], setting.on((112, 78, 50)))
        crown = [disc(x + dx * height, foot - dy * height, r * height) for dx, dy, r in
                 ((-0.16, 0.52, 0.2), (0.16, 0.52, 0.2), (0.0, 0.72, 0.25))]  # fmt: skip
        setting.canvas.ellipses(
            crown, setting.on((104, 178, 80), snowed=0.6), foot=setting.on((40, 108, 56), snowed=0.2)
        )

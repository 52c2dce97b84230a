"""Open country: mountains, desert, forest, field and road."""

from __future__ import annotations

import math

from demo_models.scenes.canvas import Colour, Point
from demo_models.scenes.forms import below, conifer, disc, hill, steps, swell
from demo_models.scenes.landmarks import fir, peak, round_tree
from demo_models.scenes.lights import mix
from demo_models.scenes.setting import Setting


def mountains(setting: Setting) -> None:
    """Snowy peaks, each with a lit and a shaded side, behind a green meadow."""
    canvas, rng = setting.canvas, setting.rng
    with canvas.region("mountains", background=True):
        start = rng.uniform(-0.1, 0.1)
        far = [(start + step * 0.27 + rng.uniform(-0.04, 0.04), rng.uniform(0.36, 0.44)) for step in range(5)]
        canvas.polygons(
            [[(x, y), (x + 0.3, 0.8), (x - 0.3, 0.8)] for x, y in far],
            setting.on((128, 150, 190), 0.45), foot=setting.on((150, 176, 204), 0.75),
        )  # fmt: skip
    setting.mist(0.66)
    # The highest peak leaves the sky above the sun's half of the picture open.
    side = 1 if setting.sun_x < 0.5 else -1
    middle = 0.5 + side * rng.uniform(0.12, 0.2)
    peaks = [(middle - side * rng.uniform(0.42, 0.5), rng.uniform(0.36, 0.42)), (middle, rng.uniform(0.17, 0.24))]
    peaks.append((middle + side * rng.uniform(0.36, 0.44), rng.uniform(0.33, 0.4)))
    for x, y in (peaks[0], peaks[2], peaks[1]):
        peak(setting, x, y, 0.86, -side)
    with canvas.region("grass", background=True):
        ground = swell(rng.uniform(0.76, 0.8), 0.025, 1.3, rng.uniform(0.0, 6.0))
        canvas.polygons(
            [below(ground)], setting.on((124, 180, 84), snowed=0.9), foot=setting.on((64, 132, 60), snowed=0.8)
        )


def desert(setting: Setting) -> None:
    """Dunes with a bright and a shaded side, and cacti."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    with canvas.region("sand", background=True):
        canvas.polygons(
            [below(swell(horizon, 0.02, 0.8, rng.uniform(0.0, 6.0)))], setting.on((236, 190, 132), 0.3, snowed=0.5)
        )
        for y, share in ((horizon + 0.08, 0.0), (horizon + 0.24, 0.5), (horizon + 0.4, 1.0)):
            _dune(setting, rng.uniform(0.15, 0.85), y + rng.uniform(-0.02, 0.02), share)
    setting.mist()
    side = 1 if setting.sun_x < 0.5 else -1
    _cactus(setting, 0.5 + side * rng.uniform(0.26, 0.34), rng.uniform(0.86, 0.92), rng.uniform(0.42, 0.5))
    _cactus(setting, 0.5 - side * rng.uniform(0.22, 0.36), rng.uniform(0.66, 0.7), rng.uniform(0.2, 0.25))


def _dune(setting: Setting, x: float, y: float, near: float) -> None:
    """A dune over the whole width whose crest is at (``x``, ``y``); ``near`` 0-1."""
    slope = 0.15 + 0.07 * near
    left = [(x - t, y + slope * t**1.3) for t in (1.0, 0.8, 0.6, 0.4, 0.25, 0.12, 0.0)]
    right = [(x + t, y + slope * t**1.3) for t in (0.12, 0.25, 0.4, 0.6, 0.8, 1.0)]
    bright = setting.on(mix((252, 210, 146), (250, 188, 102), near), 0.14 * (1 - near), snowed=0.75)
    shade = setting.on(mix((224, 164, 108), (206, 132, 74), near), 0.14 * (1 - near), snowed=0.5)
    setting.canvas.polygons([below(left + right)], bright, foot=mix(bright, shade, 0.5))
    ridge = [(x - 0.3 * t**1.5 + 0.05 * math.sin(5 * t), y + 0.5 * t) for t in steps(0.0, 1.01, 0.08)]
    setting.canvas.polygons([[*ridge, (x + 1.0, y + 0.5), *right[::-1]]], shade, 0.9, foot=mix(shade, bright, 0.35))


def _cactus(setting: Setting, x: float, foot: float, height: float) -> None:
    width = 0.2 * height
    arms = [
        [(x, foot - 0.34 * height), (x - 0.3 * height, foot - 0.34 * height), (x - 0.3 * height, foot - 0.66 * height)],
        [(x, foot - 0.5 * height), (x + 0.28 * height, foot - 0.5 * height), (x + 0.28 * height, foot - 0.8 * height)],
    ]
    green = setting.on((58, 140, 78), snowed=0.25)
    with setting.canvas.region("cactus"):
        setting.canvas.lines(arms, green, width * 0.72)
        setting.canvas.lines([[(x, foot), (x, foot - height + width / 2)]], green, width)
        light = setting.on((112, 184, 104), snowed=0.5)
        setting.canvas.lines(
            [[(x - 0.04 * height, foot - 0.06 * height), (x - 0.04 * height, foot - 0.9 * height)]],
            light,
            0.05 * height + 0.004,
        )


def forest(setting: Setting) -> None:
    """Firs behind firs, up to large ones in front of us."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    with canvas.region("grass", background=True):
        canvas.gradient(
            setting.on((122, 168, 88), 0.2, snowed=0.85), setting.on((54, 104, 46), snowed=0.75), horizon, 1.0
        )
    for foot, height, gap, colour, haze in (
        (horizon + 0.1, 0.34, 0.105, (96, 158, 120), 0.45),
        (horizon + 0.2, 0.44, 0.17, (56, 128, 86), 0.18),
    ):
        with canvas.region("trees", background=True):
            firs = [
                (x + rng.uniform(-0.02, 0.02), foot + rng.uniform(-0.01, 0.02), height * rng.uniform(0.85, 1.1))
                for x in steps(rng.uniform(-0.04, 0.04), 1.08, gap)
            ]
            canvas.rectangles(
                [(x - 0.014, y - 0.05, x + 0.014, y + 0.025) for x, y, _ in firs], setting.on((104, 80, 60), haze)
            )
            canvas.polygons(
                [tier for fir in firs for tier in conifer(*fir)],
                setting.on(colour, haze, snowed=0.55),
                foot=setting.on(mix(colour, (20, 60, 40), 0.4), haze, snowed=0.2),
            )
    setting.mist(horizon + 0.08)
    gap_at = rng.uniform(0.4, 0.6)
    for x in (gap_at - 0.44, gap_at + 0.44, gap_at - 0.27, gap_at + 0.27):
        near = abs(x - gap_at) > 0.35
        foot = rng.uniform(0.93, 0.96) if near else rng.uniform(0.85, 0.88)
        fir(setting, x + rng.uniform(-0.02, 0.02), foot, rng.uniform(0.74, 0.84) if near else rng.uniform(0.56, 0.64))


def field(setting: Setting) -> None:
    """Rows of crops that run to the skyline, low hills behind and a fence or bales of straw."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    with canvas.region("hills", background=True):
        canvas.polygons(
            [hill(x + rng.uniform(-0.17, 0.17), horizon + 0.03, 0.42, rng.uniform(0.08, 0.13)) for x in (0.15, 0.83)],
            setting.on((112, 164, 110), 0.35, snowed=0.7), foot=setting.on((134, 180, 120), 0.5, snowed=0.7),
        )  # fmt: skip
    golden = rng.random() < 0.4
    bright: Colour = (250, 208, 84) if golden else (150, 206, 82)
    dark: Colour = (206, 148, 46) if golden else (74, 142, 58)
    with canvas.region("field", background=True):
        edge = swell(horizon, 0.012, 1.4, rng.uniform(0.0, 6.0))
        canvas.polygons([below(edge)], setting.on(bright, 0.15, snowed=0.7), foot=setting.on(bright, snowed=0.7))
        # The rows run to a point above the skyline, so that none gets too thin to be seen.
        x, top, end = rng.uniform(0.3, 0.7), horizon + 0.015, 1.05
        towards = (end - top) / (end - horizon + 0.17)
        strips = [
            [
                (left, end),
                (left + 0.14, end),
                (left + 0.14 + (x - left - 0.14) * towards, top),
                (left + (x - left) * towards, top),
            ]
            for left in steps(x - 2.45, x + 2.4, 0.28)
        ]
        canvas.polygons(strips, setting.on(dark, 0.15, snowed=0.35), foot=setting.on(dark, snowed=0.35))
    setting.mist()
    if golden and rng.random() < 0.6 and not setting.peopled:
        for number in range(2):
            _bale(setting, (0.22, 0.78)[number] + rng.uniform(-0.06, 0.06), (0.66, 0.76)[number], (0.085, 0.11)[number])
    else:
        _fence(setting, horizon + 0.14)


def _bale(setting: Setting, x: float, y: float, radius: float) -> None:
    with setting.canvas.region("bale"):
        setting.canvas.ellipses(
            [disc(x, y, radius)], setting.on((240, 204, 110), snowed=0.5), foot=setting.on((178, 128, 56))
        )
        setting.canvas.rings([disc(x, y, radius * 0.6)], setting.on((186, 136, 62)), 0.016)


def _fence(setting: Setting, y: float) -> None:
    wood = setting.on((250, 244, 232), 0.05)
    with setting.canvas.region("fence"):
        posts = [(x - 0.014, y - 0.06, x + 0.014, y + 0.13) for x in steps(0.06, 1.0, 0.22)]
        setting.canvas.rectangles([*posts, (0.0, y - 0.03, 1.0, y - 0.005), (0.0, y + 0.04, 1.0, y + 0.065)], wood)


def road(setting: Setting) -> None:
    """A straight road to the skyline with a broken line along its middle, and trees on both sides."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    x = rng.uniform(0.46, 0.54)
    with canvas.region("hills", background=True):
        canvas.polygons(
            [hill(at, horizon + 0.03, 0.4, rng.uniform(0.1, 0.14)) for at in (x - 0.42, x + 0.42)],
            setting.on((96, 146, 128), 0.4, snowed=0.5), foot=setting.on((120, 170, 128), 0.5, snowed=0.6),
        )  # fmt: skip
    with canvas.region("grass", background=True):
        canvas.gradient(
            setting.on((150, 194, 96), 0.25, snowed=0.85), setting.on((78, 146, 60), snowed=0.8), horizon, 1.0
        )

    def across(share: float, y: float) -> Point:
        """The point of the road's ``share`` (-1 left edge, 1 right edge) at ``y``."""
        return (x + share * (0.02 + 0.44 * (y - horizon) / (1 - horizon)), y)

    with canvas.region("road", background=True):
        top, end = horizon + 0.004, 1.02
        shoulder = [across(-1.08, top), across(1.08, top), across(1.08, end), across(-1.08, end)]
        canvas.polygons([shoulder], setting.on((226, 222, 210), 0.1))
        surface = [across(-0.98, top), across(0.98, top), across(0.98, end), across(-0.98, end)]
        canvas.polygons(
            [surface], setting.on((116, 118, 128), 0.2, snowed=0.25), foot=setting.on((66, 68, 78), snowed=0.15)
        )
        dashes, y = [], horizon + 0.05
        while y < 1.0:
            length = 0.045 + 0.32 * (y - horizon) ** 1.4
            dashes.append([across(-0.06, y), across(0.06, y), across(0.06, y + length), across(-0.06, y + length)])
            y += length * 1.8
        canvas.polygons(dashes, setting.on((255, 214, 70)))
    setting.mist()
    for share, y, height in ((-2.5, horizon + 0.08, 0.2), (2.5, horizon + 0.08, 0.2),
                             (-1.9, horizon + 0.22, 0.4), (1.9, horizon + 0.22, 0.4)):  # fmt: skip
        at = across(share, y)
        round_tree(setting, at[0] + rng.uniform(-0.02, 0.02), y, height * rng.uniform(0.9, 1.1))

"""Places by the water: sea, beach, lake and island."""

from __future__ import annotations

import math

from demo_models.scenes.canvas import Colour
from demo_models.scenes.forms import below, conifer, crests, disc, hill, ribbon, swell
from demo_models.scenes.landmarks import fir, palm, peak
from demo_models.scenes.lights import mix
from demo_models.scenes.setting import Setting

_FAR_WATER: Colour = (64, 158, 206)
_NEAR_WATER: Colour = (8, 70, 138)
_FOAM: Colour = (246, 251, 255)
_SAND: Colour = (240, 212, 152)


def sea(setting: Setting) -> None:
    """Nothing but water: rows of pointed waves that grow towards us."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    with canvas.region("sea", background=True):
        _water(setting, horizon, 1.0)
        setting.mist()
        _glitter(setting, horizon, 0.5)
        y = horizon + rng.uniform(0.05, 0.07)
        while y < 1.04:
            depth = min(1.0, (y - horizon) / (1.0 - horizon))
            edge = crests(y, 0.014 + 0.05 * depth, 0.1 + 0.2 * depth, rng.uniform(0.0, math.pi))
            crest = _wet(setting, mix((120, 204, 232), (66, 160, 214), depth), 0.5 * depth)
            body = _wet(setting, mix(_FAR_WATER, _NEAR_WATER, 0.35 + 0.65 * depth), 0.3 + 0.7 * depth)
            canvas.polygons([below(edge, y + 0.16)], crest, 0.9, foot=body)
            if depth > 0.25:
                canvas.polygons([ribbon(edge, 0.008 + 0.01 * depth)], setting.on(_FOAM), 0.7)
            y += 0.06 + 0.1 * depth
        _glitter(setting, horizon, 1.0, 0.45)


def beach(setting: Setting) -> None:
    """A strip of sea, its foam, and broad sand in front, with a palm or a parasol."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    shore, tilt, phase = rng.uniform(0.6, 0.66), rng.choice((-1, 1)) * rng.uniform(0.04, 0.1), rng.uniform(0.0, 6.0)
    with canvas.region("sea", background=True):
        _water(setting, horizon, shore + 0.1, (40, 150, 190))
        for y in (horizon + 0.055, horizon + 0.12):
            canvas.polygons(
                [ribbon(swell(y, 0.006, 0.3, phase + y * 9), 0.014)], _wet(setting, (160, 222, 236), 0.0), 0.6
            )
        setting.mist()
        _glitter(setting, horizon, shore - horizon)
    with canvas.region("sand", background=True):
        edge = swell(shore, 0.014, 0.7, phase, tilt)
        canvas.polygons([below([(x, y - 0.03) for x, y in edge])], setting.on(_FOAM, snowed=0.2))
        canvas.polygons([below(edge)], setting.on((206, 172, 116), snowed=0.4))
        dry = [(x, y + 0.045) for x, y in edge]
        canvas.polygons([below(dry)], setting.on(_SAND, snowed=0.8), foot=setting.on((226, 190, 124), snowed=0.8))
    side = 1 if setting.sun_x < 0.5 else -1
    which = rng.random()
    if which < 0.7:
        palm(setting, 0.5 + side * rng.uniform(0.3, 0.36), rng.uniform(0.82, 0.87), rng.uniform(0.54, 0.62), -side)
    if which > 0.45 and not setting.peopled:
        _parasol(setting, 0.5 - side * rng.uniform(0.26, 0.34), rng.uniform(0.8, 0.86))


def lake(setting: Setting) -> None:
    """Still water between mountains, which it mirrors, with firs and grass on the near shore."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    # The sun, and its path on the water, stand in the gap between two mountains.
    tops = [(setting.sun_x - rng.uniform(0.32, 0.36), 0.29), (setting.sun_x + rng.uniform(0.32, 0.36), 0.27)]
    peaks = [(x, horizon - height * rng.uniform(0.95, 1.1)) for x, height in tops]
    for x, y in peaks:
        peak(setting, x, y, horizon + 0.01, 1 if setting.sun_x > x else -1, 0.14, 0.95)
    setting.mist()
    with canvas.region("lake", background=True):
        _water(setting, horizon, 1.0, (120, 190, 214), (22, 84, 122))
        mirrored = [
            [(x, 2 * horizon - y), (x + 0.93 * (horizon - y), horizon), (x - 0.93 * (horizon - y), horizon)]
            for x, y in peaks
        ]
        canvas.polygons(mirrored, _wet(setting, (60, 104, 124), 0.9), 0.6, foot=_wet(setting, (52, 112, 140), 0.6))
        _glitter(setting, horizon, 0.34)
        for y in (horizon + 0.12, horizon + 0.2, horizon + 0.3):
            x = rng.uniform(0.2, 0.8)
            canvas.ellipses([disc(x, y, 0.22, 0.04)], _wet(setting, (180, 224, 234), 0.0), 0.55)
    with canvas.region("trees", background=True):
        far = [(x / 12 + rng.uniform(-0.02, 0.02), horizon + 0.025, rng.uniform(0.07, 0.11)) for x in range(13)]
        canvas.polygons(
            [tier for fir in far if abs(fir[0] - setting.sun_x) > 0.1 for tier in conifer(*fir)],
            setting.on((44, 96, 76), 0.2, snowed=0.3),
        )
        canvas.polygons(
            [ribbon(swell(horizon - 0.004, 0.004, 0.5, 0.0), 0.026)], setting.on((74, 128, 80), 0.2, snowed=0.8)
        )
    with canvas.region("grass", background=True):
        shore = swell(rng.uniform(0.86, 0.9), 0.022, 1.1, rng.uniform(0.0, 6.0))
        canvas.polygons(
            [below(shore)], setting.on((104, 162, 74), snowed=0.85), foot=setting.on((62, 122, 54), snowed=0.75)
        )
    side = 1 if setting.sun_x < 0.5 else -1
    for number in range(2):
        x = 0.5 + side * (0.43 - 0.17 * number + rng.uniform(-0.02, 0.02))
        fir(setting, x, 0.92 + 0.02 * number, rng.uniform(0.42, 0.5) - 0.16 * number)


def island(setting: Setting) -> None:
    """A green hill with a sandy rim and palms, and sea all round."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    x, foot = 0.5 + (0.1 if setting.sun_x < 0.5 else -0.1), horizon + rng.uniform(0.13, 0.16)
    half = rng.uniform(0.34, 0.38)
    with canvas.region("sea", background=True):
        _water(setting, horizon, 1.0, (28, 170, 190), (6, 84, 138))
        setting.mist()
        _glitter(setting, horizon, 0.6)
        canvas.ellipses([disc(x, foot + 0.035, half * 1.16, 0.22)], _wet(setting, (130, 226, 220), 0.3), 0.75)
        for y in (foot + 0.15, foot + 0.23, foot + 0.33):
            for _ in range(2):
                at = rng.uniform(0.0, 1.0)
                canvas.ellipses(
                    [disc(at, y + rng.uniform(-0.02, 0.02), 0.15, 0.055)], _wet(setting, (120, 206, 224), 0.2), 0.6
                )
    with canvas.region("island"):
        canvas.ellipses(
            [disc(x, foot, half, 0.24)],
            setting.on((244, 220, 162), snowed=0.6),
            foot=setting.on((214, 178, 116), snowed=0.5),
        )
        canvas.polygons(
            [hill(x + 0.04, foot, half * 0.8, rng.uniform(0.2, 0.25))],
            setting.on((122, 184, 78), snowed=0.85), foot=setting.on((50, 124, 62), snowed=0.5),
        )  # fmt: skip
    palm(setting, x - half * 0.55, foot + 0.02, rng.uniform(0.38, 0.44), 1)
    palm(setting, x + half * 0.6, foot + 0.01, rng.uniform(0.28, 0.34), -1)


def _water(setting: Setting, top: float, bottom: float, far: Colour = _FAR_WATER, near: Colour = _NEAR_WATER) -> None:
    middle = top + 0.5 * (bottom - top)
    between = _wet(setting, mix(far, near, 0.5), 0.5)
    setting.canvas.gradient(_wet(setting, far, 0.0), between, top, middle)
    setting.canvas.gradient(between, _wet(setting, near, 1.0), middle, bottom)


def _wet(setting: Setting, colour: Colour, depth: float) -> Colour:
    """Water that is ``colour`` by day, and mirrors the sky: its foot far away (``depth`` 0), its top near us (1)."""
    light = setting.light
    if setting.time in ("dawn", "sunset"):
        mirrored = mix(mix(light.sky_bottom, light.sky_middle, 0.5), light.sky_top, depth)
        return mix(setting.on(colour), mirrored, 0.72 - 0.24 * depth)
    return setting.on(colour, 0.3 * (1 - depth))


def _glitter(setting: Setting, top: float, reach: float, opacity: float = 0.8) -> None:
    """The path of light that a low sun or the moon draws on water."""
    if not setting.glitters:
        return
    lamp = mix(setting.light.lamp, setting.light.sky_bottom, 0.15)
    paths, y = [], top + 0.012
    while y < top + reach:
        depth = (y - top) / (1 - top)
        paths.append(disc(setting.sun_x + setting.rng.uniform(-0.02, 0.02), y, 0.08 + 0.08 * depth, 0.13))
        y += 0.034 + 0.03 * depth
    setting.canvas.ellipses(paths, lamp, opacity * (0.7 if setting.time == "night" else 1.0))


def _parasol(setting: Setting, x: float, foot: float) -> None:
    """A striped sunshade on its pole."""
    half, top = 0.17, foot - 0.3
    colours: tuple[Colour, Colour] = ((228, 60, 52), (250, 246, 236))
    with setting.canvas.region("parasol"):
        setting.canvas.rectangles([(x - 0.011, top, x + 0.011, foot)], setting.on((240, 236, 226)))
        rim = [
            (x + half * math.cos(math.radians(a)), top + 0.1 - 0.15 * math.sin(math.radians(a)))
            for a in range(0, 181, 15)
        ]
        setting.canvas.polygons([rim], setting.on(colours[0], snowed=0.4))
        for first, last in ((-0.6, -0.2), (0.2, 0.6)):
            stripe = [(x + first * half, top + 0.1), (x + last * half, top + 0.1), (x, top - 0.05)]
            setting.canvas.polygons([stripe], setting.on(colours[1]))

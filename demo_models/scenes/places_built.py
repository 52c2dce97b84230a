"""Places that people built: city, futuristic city and village."""

from __future__ import annotations

import math

from demo_models.scenes.canvas import Box, Colour, Point
from demo_models.scenes.forms import below, disc, hill, steps, swell
from demo_models.scenes.lights import mix
from demo_models.scenes.setting import Setting

_FACADES: tuple[Colour, ...] = ((176, 96, 78), (196, 176, 148), (106, 122, 148), (148, 132, 124), (86, 104, 132))
_WALLS: tuple[Colour, ...] = ((250, 238, 214), (244, 214, 170), (236, 224, 226), (250, 228, 190))
_ROOFS: tuple[Colour, ...] = ((198, 74, 52), (166, 60, 54), (142, 84, 62))


def city(setting: Setting) -> None:
    """Flat-roofed blocks with rows of windows along a street."""
    canvas, rng = setting.canvas, setting.rng
    street = rng.uniform(0.85, 0.88)
    with canvas.region("buildings", background=True):
        blocks: list[Box] = []
        x = rng.uniform(-0.08, 0.0)
        while x < 1.0:
            width = rng.uniform(0.1, 0.15)
            blocks.append((x, _roofline(setting, x + width / 2, rng.uniform(0.2, 0.38)), x + width, street))
            x += width
        canvas.rectangles(blocks, setting.on((140, 152, 182), 0.4), foot=setting.on((164, 172, 194), 0.62))
    setting.mist()
    fronts: list[Box] = []
    x = rng.uniform(-0.1, -0.02)
    while x < 1.0:
        width = rng.uniform(0.16, 0.23)
        fronts.append((x, _roofline(setting, x + width / 2, rng.uniform(0.3, 0.56)), x + width, street))
        x += width
    colours = rng.sample(_FACADES, len(_FACADES))
    for number, front in enumerate(fronts):
        _block(setting, front, colours[number % len(colours)])
    with canvas.region("street", background=True):
        canvas.gradient(
            setting.on((150, 148, 150), snowed=0.8), setting.on((150, 148, 150), snowed=0.8), street, street + 0.025
        )
        canvas.gradient(
            setting.on((92, 92, 102), snowed=0.5), setting.on((70, 70, 80), snowed=0.4), street + 0.025, 1.0
        )
        y = (street + 1.025) / 2
        canvas.rectangles(
            [(x, y - 0.009, x + 0.11, y + 0.009) for x in steps(-0.04, 1.0, 0.2)], setting.on((250, 240, 210))
        )


def _roofline(setting: Setting, x: float, top: float) -> float:
    """``top``, lowered in front of the sun or the moon so that it is seen."""
    if abs(x - setting.sun_x) > 0.13:
        return top
    return max(top, 0.53 if setting.time in ("dawn", "sunset") else 0.29)


def _block(setting: Setting, box: Box, colour: Colour) -> None:
    canvas, rng = setting.canvas, setting.rng
    left, top, right, street = box
    with canvas.region("building"):
        body = (left + 0.004, top, right - 0.004, street)
        canvas.rectangles([body], setting.on(colour, 0.08), foot=setting.on(mix(colour, (40, 40, 60), 0.25), 0.05))
        canvas.rectangles(
            [(left, top - 0.012, right, top + 0.016)], setting.on(mix(colour, (40, 40, 60), 0.4), snowed=0.9)
        )
        columns = 3 if right - left > 0.2 else 2
        step = (right - left - 0.03) / columns
        panes = [
            (left + 0.015 + step * (column + 0.5) - 0.021, y, left + 0.015 + step * (column + 0.5) + 0.021, y + 0.042)
            for column in range(columns)
            for y in steps(top + 0.05, street - 0.07, 0.082)
        ]
        bright = [pane for pane in panes if rng.random() < setting.light.lit]
        canvas.rectangles([pane for pane in panes if pane not in bright], setting.on((58, 70, 96)))
        canvas.rectangles(bright, setting.lit((176, 214, 240)))


def futuristic_city(setting: Setting) -> None:
    """Tapering towers with glowing bands, domes, and flying discs above."""
    canvas, rng = setting.canvas, setting.rng
    with canvas.region("buildings", background=True):
        x = rng.uniform(-0.02, 0.04)
        far = []
        while x < 1.05:
            far.append(_needle(x, _roofline(setting, x, rng.uniform(0.3, 0.46)), 0.04, 0.95))
            x += rng.uniform(0.09, 0.12)
        canvas.polygons(far, setting.on((128, 164, 206), 0.42), foot=setting.on((150, 140, 206), 0.55))
    ground = rng.uniform(0.84, 0.87)
    neon: tuple[Colour, Colour] = rng.choice((((60, 240, 250), (255, 70, 200)), ((90, 255, 210), (190, 90, 255))))
    setting.mist()
    builders = [_spire, _spire, _capsule, rng.choice((_capsule, _sky_disc))]
    rng.shuffle(builders)
    tallest = rng.choice((1, 2))
    for number, (x, build) in enumerate(zip((0.09, 0.36, 0.63, 0.91), builders, strict=True)):
        at = x + rng.uniform(-0.03, 0.03)
        top = rng.uniform(0.12, 0.18) if number == tallest else rng.uniform(0.24, 0.36)
        build(setting, at, _roofline(setting, at, top), ground, neon[number % 2])
    for x in (0.22 + rng.uniform(-0.03, 0.03), 0.77 + rng.uniform(-0.03, 0.03)):
        _dome(setting, x, ground, rng.uniform(0.12, 0.15), neon)
    with canvas.region("street", background=True):
        canvas.gradient(setting.on((96, 104, 150), snowed=0.5), setting.on((44, 44, 86), snowed=0.3), ground, 1.0)
        canvas.rectangles([(0.0, ground, 1.0, ground + 0.016)], _glowing(setting, neon[0]))
        canvas.rectangles([(0.0, ground + 0.075, 1.0, ground + 0.09)], _glowing(setting, neon[1]))
    for side in (0.0, 0.5):
        _saucer(setting, side + rng.uniform(0.12, 0.38), rng.uniform(0.1, 0.3), rng.uniform(0.075, 0.1), neon[0])


def _glowing(setting: Setting, colour: Colour) -> Colour:
    """Neon shines by itself, the more the darker it is."""
    return mix(setting.on(colour), colour, {"day": 1.0, "dawn": 0.8, "sunset": 0.75, "night": 0.85}[setting.time])


def _needle(x: float, top: float, half: float, foot: float) -> list[Point]:
    """A tower that swings out from its tip to its foot."""
    sides = [(t, half * (0.12 + 0.88 * t**1.3)) for t in (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)]
    right = [(x + reach, top + (foot - top) * t) for t, reach in sides]
    left = [(x - reach, top + (foot - top) * t) for t, reach in reversed(sides)]
    return right + left


def _spire(setting: Setting, x: float, top: float, ground: float, neon: Colour) -> None:
    """A pointed tower with two shining rings."""
    canvas, half = setting.canvas, 0.09
    outline = _needle(x, top, half, ground)
    with canvas.region("tower"):
        canvas.lines([[(x, top - 0.05), (x, top + 0.05)]], setting.on((214, 228, 248)), 0.014)
        canvas.polygons([outline], _metal(setting)[0], foot=_metal(setting)[1])
        shade = [(x + 0.01, top), *[point for point in outline if point[0] >= x], (x + 0.01, ground)]
        canvas.polygons([shade], setting.on((150, 166, 216)), 0.8, foot=setting.on((76, 84, 142)))
        rings = []
        for t in (0.42, 0.72):
            reach = half * (0.12 + 0.88 * t**1.3) + 0.022
            rings.append(disc(x, top + (ground - top) * t, reach, 0.016 / reach))
        canvas.ellipses(rings, _glowing(setting, neon))


def _capsule(setting: Setting, x: float, top: float, ground: float, neon: Colour) -> None:
    """A round-topped tower with lit floors and a strip of neon along its height."""
    canvas, half = setting.canvas, 0.068
    arch = [
        (x + half * math.cos(math.radians(a)), top + 0.1 - 0.1 * math.sin(math.radians(a))) for a in range(0, 181, 12)
    ]
    with canvas.region("tower"):
        canvas.polygons([[*arch, (x - half, ground), (x + half, ground)]], _metal(setting)[0], foot=_metal(setting)[1])
        floors = [(x - half + 0.014, y, x - 0.016, y + 0.034) for y in steps(top + 0.12, ground - 0.05, 0.068)]
        canvas.rectangles(floors, setting.lit((120, 176, 226)))
        canvas.rectangles([(half + x - 0.05, top + 0.06, half + x - 0.026, ground)], _glowing(setting, neon))


def _sky_disc(setting: Setting, x: float, top: float, ground: float, neon: Colour) -> None:
    """A slim stem that carries a wide round deck."""
    canvas, deck = setting.canvas, top + 0.12
    with canvas.region("tower"):
        canvas.lines([[(x, top), (x, deck)]], setting.on((214, 228, 248)), 0.014)
        stem = [(x - 0.018, deck), (x + 0.018, deck), (x + 0.05, ground), (x - 0.05, ground)]
        canvas.polygons([stem], _metal(setting)[0], foot=_metal(setting)[1])
        canvas.ellipses([disc(x, deck - 0.022, 0.06, 0.7)], setting.on((176, 232, 244)))
        canvas.ellipses([disc(x, deck, 0.105, 0.3)], _metal(setting)[0], foot=_metal(setting)[1])
        canvas.rectangles([(x - 0.09, deck - 0.008, x + 0.09, deck + 0.011)], _glowing(setting, neon))


def _metal(setting: Setting) -> tuple[Colour, Colour]:
    """The colours of a tower at its top and at its foot."""
    return setting.on((228, 240, 253), 0.05), setting.on((112, 126, 184))


def _dome(setting: Setting, x: float, ground: float, radius: float, neon: tuple[Colour, Colour]) -> None:
    canvas = setting.canvas
    rim = [
        (x + radius * math.cos(math.radians(a)), ground - radius * math.sin(math.radians(a))) for a in range(0, 181, 12)
    ]
    with canvas.region("dome"):
        canvas.polygons([rim], setting.on((170, 236, 240), snowed=0.5), foot=setting.on((70, 150, 196)))
        canvas.ellipses(
            [disc(x - 0.35 * radius, ground - 0.62 * radius, 0.2 * radius, 0.7)], setting.on((246, 254, 255)), 0.8
        )
        canvas.rectangles([(x - radius * 1.05, ground - 0.03, x + radius * 1.05, ground)], _glowing(setting, neon[1]))


def _saucer(setting: Setting, x: float, y: float, half: float, neon: Colour) -> None:
    canvas = setting.canvas
    canvas.glow(x, y + 0.03, half * 1.6, neon, 0.45)
    with canvas.region("flying saucer"):
        canvas.ellipses([disc(x, y - 0.22 * half, 0.48 * half, 0.9)], setting.on((190, 240, 250)))
        canvas.ellipses([disc(x, y, half, 0.32)], setting.on((236, 240, 250)), foot=setting.on((120, 126, 166)))
        canvas.ellipses(
            [disc(x + dx * half, y + 0.1 * half, 0.11 * half) for dx in (-0.55, 0.0, 0.55)], _glowing(setting, neon)
        )


def village(setting: Setting) -> None:
    """Houses with pitched roofs round a church on a green hill, and a path."""
    canvas, rng, horizon = setting.canvas, setting.rng, setting.horizon
    with canvas.region("hills", background=True):
        canvas.polygons(
            [hill(x, horizon + 0.06, 0.45, rng.uniform(0.12, 0.17)) for x in (0.15, 0.85)],
            setting.on((110, 160, 120), 0.4, snowed=0.6), foot=setting.on((126, 176, 116), 0.4, snowed=0.7),
        )  # fmt: skip
    with canvas.region("grass", background=True):
        edge = swell(horizon + 0.02, 0.015, 1.2, rng.uniform(0.0, 6.0))
        canvas.polygons(
            [below(edge)], setting.on((148, 196, 96), 0.1, snowed=0.9), foot=setting.on((80, 146, 66), snowed=0.85)
        )
    setting.mist()
    away = 1 if setting.sun_x < 0.5 else -1
    church = 0.5 + away * rng.uniform(0.04, 0.1)
    _church(setting, church, horizon + 0.13)
    _house(setting, church - 0.3, horizon + 0.14, 0.2)
    _house(setting, church + 0.31, horizon + 0.15, 0.19)
    with canvas.region("path", background=True):
        x = rng.uniform(0.46, 0.54)
        top = horizon + 0.17
        curve = [(x + 0.05 * math.sin(6 * t) * (1 - t), top + (1.02 - top) * t) for t in steps(0.0, 1.01, 0.1)]
        widths = [0.02 + 0.12 * ((y - top) / (1.02 - top)) ** 1.5 for _, y in curve]
        left = [(px - w, py) for (px, py), w in zip(curve, widths, strict=True)]
        right = [(px + w, py) for (px, py), w in zip(curve, widths, strict=True)]
        canvas.polygons([left + right[::-1]], setting.on((236, 212, 166), snowed=0.4))
    _house(setting, x - rng.uniform(0.3, 0.34), horizon + 0.31, 0.27)
    _house(setting, x + rng.uniform(0.3, 0.34), horizon + 0.33, 0.27)


def _house(setting: Setting, x: float, foot: float, width: float) -> None:
    canvas, rng = setting.canvas, setting.rng
    wall, roof = rng.choice(_WALLS), rng.choice(_ROOFS)
    height, half = 0.5 * width, width / 2
    with canvas.region("house"):
        canvas.rectangles([(x - half, foot - height, x + half, foot)], setting.on(wall))
        canvas.polygons(
            [[(x - half * 1.2, foot - height), (x - half * 0.7, foot - height - 0.46 * width),
              (x + half * 0.7, foot - height - 0.46 * width), (x + half * 1.2, foot - height)]],
            setting.on(roof, snowed=0.6), foot=setting.on(mix(roof, (60, 20, 30), 0.25), snowed=0.25),
        )  # fmt: skip
        canvas.rectangles([(x - 0.1 * width, foot - 0.68 * height, x + 0.1 * width, foot)], setting.on((112, 70, 48)))
        middles = (x - 0.31 * width, x + 0.31 * width)
        panes = [(at - 0.09 * width, foot - 0.72 * height, at + 0.09 * width, foot - 0.34 * height) for at in middles]
        canvas.rectangles(panes, setting.lit((116, 164, 204)))


def _church(setting: Setting, x: float, foot: float) -> None:
    canvas = setting.canvas
    wall, slate = setting.on((250, 246, 236), 0.05), setting.on((82, 92, 128), 0.05, snowed=0.6)
    with canvas.region("church"):
        canvas.rectangles([(x - 0.03, foot - 0.12, x + 0.17, foot)], wall)
        canvas.polygons(
            [[(x - 0.03, foot - 0.12), (x + 0.02, foot - 0.2), (x + 0.13, foot - 0.2), (x + 0.19, foot - 0.12)]], slate
        )
        canvas.rectangles([(x - 0.11, foot - 0.27, x, foot)], wall)
        canvas.polygons([[(x - 0.13, foot - 0.265), (x - 0.055, foot - 0.44), (x + 0.02, foot - 0.265)]], slate)
        cross = [
            [(x - 0.055, foot - 0.5), (x - 0.055, foot - 0.42)],
            [(x - 0.08, foot - 0.475), (x - 0.03, foot - 0.475)],
        ]
        canvas.lines(cross, setting.on((240, 206, 110)), 0.013)
        windows = [
            disc(x - 0.055, foot - 0.2, 0.022, 1.3),
            *(disc(at, foot - 0.06, 0.017, 1.7) for at in (x + 0.05, x + 0.11)),
        ]
        canvas.ellipses(windows, setting.lit((116, 164, 204)))
        canvas.rectangles([(x - 0.08, foot - 0.08, x - 0.03, foot)], setting.on((120, 76, 52)))

"""Landscapes: ocean, city, mountains and forest, by day, at sunset and at night."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from demo_models.scenes.canvas import Canvas, Colour, Pixels, Point
from demo_models.scenes.vocabulary import Landscape


@dataclass(frozen=True)
class Light:
    """How a time of day colours things. Colours are sRGB, 0-255; ``tint`` multiplies, 0-1."""

    sky_top: Colour
    sky_bottom: Colour
    tint: Colour
    window: Colour
    lit: float  # share of windows that are lit

    def on(self, colour: Colour, distance: float = 0.0) -> Colour:
        """``colour`` under this light; ``distance`` (0-1) fades it into the sky, as haze does."""
        near = _multiply(colour, self.tint)
        return _mix(near, self.sky_bottom, distance)


LIGHTS: dict[str, Light] = {
    "day": Light((70, 140, 228), (190, 222, 250), (1.0, 1.0, 1.0), (110, 140, 170), 1.0),
    "sunset": Light((98, 62, 140), (255, 152, 62), (0.60, 0.42, 0.44), (255, 205, 110), 0.4),
    "night": Light((5, 7, 26), (26, 32, 72), (0.22, 0.25, 0.40), (250, 220, 120), 0.55),
}


def draw_landscape(landscape: Landscape, rng: random.Random, size: int) -> Pixels:
    """Draw ``landscape`` in one of its many arrangements; uint8 of shape (size, size, 3), sRGB."""
    light = LIGHTS[landscape.time]
    horizon = rng.uniform(0.46, 0.62)
    canvas = Canvas(size, light.sky_bottom)
    canvas.gradient(light.sky_top, light.sky_bottom, 0.0, horizon + 0.04)
    sun_x = rng.uniform(0.2, 0.8)
    _SKIES[landscape.time](canvas, horizon, sun_x, rng)
    _PLACES[landscape.place](canvas, light, horizon, sun_x, rng)
    return canvas.pixels()


def _day_sky(canvas: Canvas, horizon: float, sun_x: float, rng: random.Random) -> None:
    sun_y, radius = rng.uniform(0.12, 0.2), rng.uniform(0.06, 0.085)
    canvas.ellipses([_disc(sun_x, sun_y, radius)], (255, 236, 120))
    for _ in range(rng.randint(1, 2)):
        x, y, width = rng.uniform(0.1, 0.9), rng.uniform(0.1, horizon - 0.2), rng.uniform(0.09, 0.14)
        puffs = [(-0.7, 0.1, 0.5), (0.0, -0.1, 0.7), (0.7, 0.1, 0.5)]
        boxes = [
            (
                x + (dx - r) * width,
                y + (dy - r * 0.6) * width,
                x + (dx + r) * width,
                y + (dy + r * 0.6) * width,
            )
            for dx, dy, r in puffs
        ]
        canvas.ellipses(boxes, (252, 253, 255), 0.9)


def _sunset_sky(canvas: Canvas, horizon: float, sun_x: float, rng: random.Random) -> None:
    y, radius = horizon - rng.uniform(0.02, 0.1), rng.uniform(0.09, 0.13)
    canvas.ellipses([_disc(sun_x, y, radius * 1.6)], (255, 190, 90), 0.4)
    canvas.ellipses([_disc(sun_x, y, radius)], (255, 236, 150))


def _night_sky(canvas: Canvas, horizon: float, sun_x: float, rng: random.Random) -> None:
    stars = [(rng.uniform(0.03, 0.97), rng.uniform(0.03, horizon - 0.12)) for _ in range(rng.randint(9, 16))]
    canvas.ellipses([_disc(x, y, 0.010) for x, y in stars], (235, 238, 255))
    canvas.ellipses([_disc(sun_x, rng.uniform(0.13, 0.2), rng.uniform(0.065, 0.085))], (240, 240, 215))


def _ocean(canvas: Canvas, light: Light, horizon: float, sun_x: float, rng: random.Random) -> None:
    canvas.gradient(light.on((60, 150, 200), 0.25), light.on((10, 75, 140)), horizon, 1.0)
    glitter, waves = [], []
    y = horizon + 0.035
    while y < 0.97:
        depth = (y - horizon) / (1.0 - horizon)
        half = 0.035 + 0.05 * depth + rng.uniform(0.0, 0.02)
        glitter.append((sun_x - half, y, sun_x + half, y + 0.022))
        for _ in range(2):
            x, reach = rng.uniform(0.0, 1.0), rng.uniform(0.05, 0.09) * (0.6 + depth)
            waves.append((x - reach, y + 0.005, x + reach, y + 0.027))
        y += 0.055 + 0.03 * depth
    canvas.ellipses(waves, light.on((130, 205, 235)), 0.7)
    if light is not LIGHTS["day"]:
        canvas.ellipses(glitter, _mix(light.on((255, 255, 255)), (255, 225, 150), 0.6), 0.75)
    if rng.random() < 0.6:
        _shore(canvas, light, rng)


def _shore(canvas: Canvas, light: Light, rng: random.Random) -> None:
    base, swell, phase = rng.uniform(0.84, 0.9), rng.uniform(0.015, 0.03), rng.uniform(0.0, 6.0)
    edge = [(step / 16, base + swell * math.sin(phase + step * 0.55)) for step in range(17)]
    for lift, colour in ((0.035, (250, 252, 255)), (0.0, (235, 208, 150))):
        canvas.polygons([[(x, y - lift) for x, y in edge] + [(1.0, 1.0), (0.0, 1.0)]], light.on(colour))


def _city(canvas: Canvas, light: Light, horizon: float, sun_x: float, rng: random.Random) -> None:
    ground = rng.uniform(0.86, 0.92)
    back = _buildings(rng, horizon - 0.18, horizon + 0.06, 0.10)
    canvas.rectangles([(x0, top, x1, ground) for x0, x1, top in back], light.on((120, 130, 155), 0.45))
    front = _buildings(rng, horizon - 0.1, horizon + 0.2, 0.15)
    for shade, rows in (((88, 96, 118), front[::2]), ((64, 70, 92), front[1::2])):
        canvas.rectangles([(x0, top, x1, ground) for x0, x1, top in rows], light.on(shade))
    windows = [
        (x, y, x + 0.026, y + 0.034)
        for x0, x1, top in front
        for x in _grid(x0 + 0.022, x1 - 0.03, 0.05)
        for y in _grid(top + 0.035, ground - 0.05, 0.066)
        if rng.random() < light.lit
    ]
    canvas.rectangles(windows, light.window)
    canvas.rectangles([(0.0, ground, 1.0, 1.0)], light.on((70, 70, 76)))


def _buildings(rng: random.Random, highest: float, lowest: float, width: float) -> list[tuple[float, float, float]]:
    """A row of buildings side by side: (left, right, top) of each."""
    row, x = [], -rng.uniform(0.0, width)
    while x < 1.0:
        right = x + width * rng.uniform(0.85, 1.4)
        row.append((x, right, rng.uniform(highest, lowest)))
        x = right
    return row


def _mountains(canvas: Canvas, light: Light, horizon: float, sun_x: float, rng: random.Random) -> None:
    far = _peaks(rng, horizon - 0.14, horizon + 0.02, 0.30)
    canvas.polygons(_ridge(far, 0.30), light.on((120, 135, 165), 0.5))
    near = _peaks(rng, horizon - 0.16, horizon + 0.04, 0.42)
    canvas.polygons(_ridge(near, 0.36), light.on((96, 94, 104)))
    canvas.polygons([_snow_cap(x, y, 0.36) for x, y in near], light.on((250, 252, 255)))
    left, right = rng.uniform(0.8, 0.9), rng.uniform(0.8, 0.9)
    canvas.polygons([[(0.0, left), (0.5, 0.78), (1.0, right), (1.0, 1.0), (0.0, 1.0)]], light.on((72, 132, 66)))


def _peaks(rng: random.Random, highest: float, lowest: float, spacing: float) -> list[Point]:
    offset = rng.uniform(0.0, spacing)
    count = int(1.2 / spacing) + 2
    return [
        (offset + (step - 1) * spacing + rng.uniform(-0.05, 0.05), rng.uniform(highest, lowest))
        for step in range(count)
    ]


def _ridge(peaks: list[Point], slope: float) -> list[list[Point]]:
    """A triangle down to the bottom edge for each peak; ``slope`` is half its width at one picture height."""
    return [[(x, y), (x + slope / 0.5 * (1 - y), 1.0), (x - slope / 0.5 * (1 - y), 1.0)] for x, y in peaks]


def _snow_cap(x: float, y: float, slope: float) -> list[Point]:
    depth, half = 0.12, 0.12 * slope / 0.5
    return [(x, y), (x + half, y + depth), (x + half * 0.4, y + depth * 0.75), (x, y + depth * 1.1),
            (x - half * 0.45, y + depth * 0.75), (x - half, y + depth)]  # fmt: skip


def _forest(canvas: Canvas, light: Light, horizon: float, sun_x: float, rng: random.Random) -> None:
    canvas.gradient(light.on((96, 158, 72)), light.on((58, 112, 48)), horizon + 0.04, 1.0)
    for depth, colour in ((0.0, (84, 140, 96)), (0.5, (44, 112, 62)), (1.0, (24, 84, 44))):
        height = 0.28 + 0.2 * depth
        foot = horizon + 0.10 + 0.24 * depth
        xs = _grid(rng.uniform(-0.1, 0.05), 1.1, 0.13 + 0.07 * depth)
        trees = [(x + rng.uniform(-0.03, 0.03), foot + rng.uniform(-0.02, 0.03), height) for x in xs]
        trunks = [(x - 0.015, y - 0.06, x + 0.015, y + 0.03) for x, y, _ in trees]
        canvas.rectangles(trunks, light.on((96, 66, 40), 0.3 * (1 - depth)))
        canvas.polygons([tier for tree in trees for tier in _conifer(*tree)], light.on(colour, 0.35 * (1 - depth)))


def _conifer(x: float, foot: float, height: float) -> list[list[Point]]:
    tiers = ((0.0, 0.5, 0.17), (0.25, 0.75, 0.23), (0.5, 1.0, 0.29))  # top, bottom, half width
    top = foot - height
    return [
        [
            (x, top + start * height),
            (x + half * height, top + end * height),
            (x - half * height, top + end * height),
        ]
        for start, end, half in tiers
    ]


def _disc(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


def _grid(start: float, end: float, step: float) -> list[float]:
    return [start + step * index for index in range(max(0, math.ceil((end - start) / step)))]


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _multiply(a: Colour, b: Colour) -> Colour:
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


_Painter = Callable[[Canvas, Light, float, float, random.Random], None]
_SKIES: dict[str, Callable[[Canvas, float, float, random.Random], None]] = {
    "day": _day_sky,
    "sunset": _sunset_sky,
    "night": _night_sky,
}
_PLACES: dict[str, _Painter] = {"ocean": _ocean, "city": _city, "mountains": _mountains, "forest": _forest}

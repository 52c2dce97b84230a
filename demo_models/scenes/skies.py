"""Skies: gradients, sun, moon, stars and clouds."""

from __future__ import annotations

import math

from demo_models.scenes.canvas import Colour, Point
from demo_models.scenes.forms import disc, puffs
from demo_models.scenes.lights import mix
from demo_models.scenes.setting import Setting

# The lit top and the shaded foot of a cloud in fair weather.
_CLOUDS: dict[str, tuple[Colour, Colour]] = {
    "day": ((255, 255, 255), (196, 212, 230)),
    "dawn": ((255, 240, 240), (226, 178, 206)),
    "sunset": ((150, 70, 128), (255, 140, 96)),
    "night": ((70, 84, 130), (38, 48, 88)),
}


def paint_sky(setting: Setting, low_sun: float) -> None:
    """Paint the sky down to the horizon and a little further; a low sun stands at the y ``low_sun``."""
    canvas, light = setting.canvas, setting.light
    turn = setting.horizon * 0.55
    canvas.gradient(light.sky_top, light.sky_middle, 0.0, turn)
    canvas.gradient(light.sky_middle, light.sky_bottom, turn, setting.horizon + 0.02)
    canvas.gradient(light.sky_bottom, light.sky_bottom, setting.horizon + 0.02, 1.0)
    if setting.weather in ("clear", "clouds"):
        _SUNS[setting.time](setting, low_sun)
        if setting.weather == "clouds":
            _fair_clouds(setting)
    else:
        _cloud_deck(setting)


def _high_sun(setting: Setting, low_sun: float) -> None:
    rng, x = setting.rng, setting.sun_x
    y, radius = rng.uniform(0.13, 0.18), rng.uniform(0.075, 0.095)
    setting.canvas.glow(x, y, radius * 3.2, (255, 250, 210), 0.85)
    with setting.canvas.region("sun"):
        setting.canvas.ellipses([disc(x, y, radius)], (255, 238, 130), foot=(255, 214, 70))


def _rising_sun(setting: Setting, low_sun: float) -> None:
    radius = setting.rng.uniform(0.085, 0.105)
    setting.canvas.glow(setting.sun_x, low_sun, 0.55, (255, 252, 224), 0.9)
    with setting.canvas.region("sun"):
        setting.canvas.ellipses([disc(setting.sun_x, low_sun - 0.01, radius)], (255, 251, 226), foot=(255, 232, 160))


def _setting_sun(setting: Setting, low_sun: float) -> None:
    rng = setting.rng
    radius = rng.uniform(0.12, 0.15)
    y = low_sun - radius * rng.uniform(0.25, 0.7)
    setting.canvas.glow(setting.sun_x, y, 0.6, (255, 190, 80), 0.9)
    with setting.canvas.region("sun"):
        setting.canvas.ellipses([disc(setting.sun_x, y, radius)], (255, 240, 150), foot=(255, 176, 60))


def _moon(setting: Setting, low_sun: float) -> None:
    canvas, rng = setting.canvas, setting.rng
    x, y, radius = setting.sun_x, rng.uniform(0.14, 0.19), rng.uniform(0.08, 0.1)
    places: list[Point] = []
    for _ in range(60):
        place = (rng.uniform(0.04, 0.96), rng.uniform(0.04, max(0.2, setting.horizon - 0.1)))
        if math.dist(place, (x, y)) > 0.18 and all(math.dist(place, other) > 0.11 for other in places):
            places.append(place)
    with canvas.region("stars"):
        for bright, radius_of_star in ((places[::3], 0.0135), (places[1::3] + places[2::3], 0.0095)):
            canvas.ellipses([disc(*place, radius_of_star) for place in bright], (240, 242, 255))
    canvas.glow(x, y, radius * 3.5, (130, 150, 220), 0.6)
    with canvas.region("moon"):
        if rng.random() < 0.5:
            canvas.ellipses([disc(x, y, radius)], (250, 249, 226))
            canvas.ellipses(
                [
                    disc(x - 0.3 * radius, y - 0.2 * radius, 0.26 * radius),
                    disc(x + 0.35 * radius, y + 0.35 * radius, 0.2 * radius),
                ],
                (220, 220, 200),
            )
        else:
            canvas.polygons([_crescent(x, y, radius * 1.15)], (250, 249, 226))


def _crescent(x: float, y: float, radius: float) -> list[Point]:
    """The part of a disc that a second one of the same size, up and to the side, leaves free."""
    turn, shift = math.radians(-35), 0.62 * radius
    half = math.acos(0.5 * shift / radius)  # the angle, seen from the middle, at which the two rims cross
    outer = [half + (2 * math.pi - 2 * half) * step / 24 for step in range(25)]
    inner = [math.pi + half - 2 * half * step / 16 for step in range(17)]
    rim = [(radius * math.cos(angle), radius * math.sin(angle)) for angle in outer]
    rim += [(shift + radius * math.cos(angle), radius * math.sin(angle)) for angle in inner]
    cos, sin = math.cos(turn), math.sin(turn)
    return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in rim]


def _fair_clouds(setting: Setting) -> None:
    rng, canvas = setting.rng, setting.canvas
    top, foot = _CLOUDS[setting.time]
    count = rng.randint(3, 4)
    start = rng.uniform(-0.05, 0.12)
    order = list(range(count))
    rng.shuffle(order)
    for rank, column in enumerate(order):
        x = start + (column + 0.5) * 1.0 / count + rng.uniform(-0.05, 0.05)
        y = 0.13 + (setting.horizon - 0.2) * (rank + 0.4) / count
        with canvas.region("cloud"):
            canvas.ellipses(puffs(x, y, rng.uniform(0.15, 0.22), rng), top, 0.96, foot=foot)


def _cloud_deck(setting: Setting) -> None:
    """A closed grey cover along the upper edge, from which rain or snow falls."""
    rng, canvas = setting.rng, setting.canvas
    shade = 0.66 if setting.weather == "rain" else 0.86
    grey = mix(setting.light.sky_top, setting.light.sky_middle, 0.4)
    dark: Colour = (grey[0] * shade, grey[1] * shade, grey[2] * shade)
    with canvas.region("cloud"):
        far = [
            disc(x + rng.uniform(-0.03, 0.03), 0.07, rng.uniform(0.14, 0.18), 0.8) for x in (0.05, 0.3, 0.55, 0.8, 1.0)
        ]
        canvas.ellipses(far, mix(dark, setting.light.sky_middle, 0.4))
        near = [
            disc(x + rng.uniform(-0.04, 0.04), 0.0, rng.uniform(0.15, 0.2), 0.75)
            for x in (-0.05, 0.18, 0.44, 0.7, 0.95)
        ]
        canvas.ellipses(near, dark, foot=mix(dark, setting.light.sky_middle, 0.25))


_SUNS = {"day": _high_sun, "dawn": _rising_sun, "sunset": _setting_sun, "night": _moon}

"""What the weather lays over everything: rain and snow. The regions stay as they are."""

from __future__ import annotations

from demo_models.scenes.canvas import Colour
from demo_models.scenes.forms import disc
from demo_models.scenes.setting import Setting

_RAIN: dict[str, Colour] = {
    "day": (236, 242, 250),
    "dawn": (250, 240, 246),
    "sunset": (236, 206, 206),
    "night": (150, 170, 214),
}
_SNOW: dict[str, Colour] = {
    "day": (255, 255, 255),
    "dawn": (255, 252, 252),
    "sunset": (255, 232, 226),
    "night": (206, 216, 244),
}


def paint_weather(setting: Setting) -> None:
    """Rain as slanted streaks or snow as flakes, in front of everything; nothing in other weather."""
    rng, canvas = setting.rng, setting.canvas
    if setting.weather == "rain":
        slant = rng.choice((-1, 1)) * rng.uniform(0.25, 0.4)
        length = rng.uniform(0.085, 0.11)
        drops = [
            (x + rng.uniform(0.0, 0.09), y + rng.uniform(0.0, 0.1))
            for row, y in enumerate((-0.06, 0.1, 0.26, 0.42, 0.58, 0.74, 0.9))
            for x in ((0.0, 0.16, 0.32, 0.48, 0.64, 0.8, 0.96) if row % 2 else (0.08, 0.24, 0.4, 0.56, 0.72, 0.88))
        ]
        with canvas.veil():
            paths = [[(x, y), (x - slant * length, y + length)] for x, y in drops]
            canvas.lines(paths, _RAIN[setting.time], 0.0135, 0.56)
    elif setting.weather == "snow":
        flakes = [
            disc(x + rng.uniform(0.0, 0.12), y + rng.uniform(0.0, 0.12), rng.uniform(0.011, 0.019))
            for y in (0.0, 0.14, 0.28, 0.42, 0.56, 0.7, 0.84)
            for x in (0.0, 0.14, 0.28, 0.42, 0.56, 0.7, 0.84)
        ]
        with canvas.veil():
            canvas.ellipses(flakes, _SNOW[setting.time], 0.92)

"""What the painters of places share: the canvas, the light and where things lie."""

from __future__ import annotations

import random
from dataclasses import dataclass

from demo_models.scenes.canvas import Canvas, Colour
from demo_models.scenes.lights import Light, mix

SNOW: Colour = (244, 247, 252)


@dataclass(frozen=True)
class Setting:
    """One view in the making. ``horizon`` is the y of the skyline, ``sun_x`` where sun or moon stand."""

    canvas: Canvas
    light: Light
    weather: str
    horizon: float
    sun_x: float
    rng: random.Random
    peopled: bool = False  # subjects will stand in front, so smaller props stay away

    @property
    def time(self) -> str:
        """The time of day, one of ``vocabulary.TIMES``."""
        return self.light.name

    @property
    def glitters(self) -> bool:
        """Whether a low sun or the moon shines on the water."""
        return self.time != "day" and self.weather in ("clear", "clouds")

    def on(self, colour: Colour, distance: float = 0.0, *, snowed: float = 0.0) -> Colour:
        """``colour`` under the light; in snow it gets the whiter, the higher ``snowed`` (0-1)."""
        if self.weather == "snow":
            colour = mix(colour, SNOW, snowed**2 * (3 - 2 * snowed))
        return self.light.on(colour, distance)

    def mist(self, y: float | None = None) -> None:
        """Lay the veil of early morning over what was painted so far, around ``y`` (the horizon)."""
        if self.time == "dawn":
            veil = mix(self.light.sky_bottom, (255, 255, 255), 0.3)
            self.canvas.haze((self.horizon if y is None else y) + 0.02, 0.15, veil, 0.7)

    def lit(self, colour: Colour, share: float = 1.0) -> Colour:
        """A window that is ``colour`` by day and shines from inside when it is dark, by ``share`` (0-1)."""
        if self.time == "day":
            return self.light.on(colour)
        return mix(self.light.on(colour), self.light.window, share * (0.6 if self.time == "dawn" else 1.0))

"""How the time of day and the weather colour things."""

from __future__ import annotations

from dataclasses import dataclass, replace

from demo_models.scenes.canvas import Colour

# What a covered sky takes from the light on things and from the sky itself: the share of the hue that is lost, and
# the share of brightness that is left. Some hue stays, so that a sunset is told from a day in the rain as well.
_COVER_OF_THINGS = {"clear": (0.0, 1.0), "clouds": (0.12, 0.93), "rain": (0.5, 0.76), "snow": (0.3, 0.96)}
_COVER_OF_SKY = {"clear": (0.0, 1.0), "clouds": (0.2, 0.95), "rain": (0.72, 0.78), "snow": (0.55, 0.96)}


@dataclass(frozen=True)
class Light:
    """The light of one time of day. Colours are sRGB, 0-255; ``tint`` multiplies colours, each channel 0-1."""

    name: str
    sky_top: Colour
    sky_middle: Colour
    sky_bottom: Colour
    tint: Colour
    lamp: Colour  # the sun or the moon, and what they shine on
    window: Colour
    lit: float  # share of windows that are lit, 0-1

    def on(self, colour: Colour, distance: float = 0.0) -> Colour:
        """``colour`` under this light; ``distance`` (0-1) fades it into the sky, as haze does."""
        near = (colour[0] * self.tint[0], colour[1] * self.tint[1], colour[2] * self.tint[2])
        return mix(near, self.sky_bottom, distance)


LIGHTS: dict[str, Light] = {
    "day": Light(
        "day", (48, 128, 226), (116, 180, 242), (206, 232, 250),
        (1.0, 1.0, 1.0), (255, 232, 110), (112, 146, 182), 1.0,
    ),
    "dawn": Light(
        "dawn", (150, 172, 224), (238, 190, 206), (255, 236, 196),
        (0.9, 0.8, 0.88), (255, 250, 214), (255, 232, 170), 0.3,
    ),
    "sunset": Light(
        "sunset", (66, 40, 118), (214, 76, 98), (255, 164, 62),
        (0.66, 0.43, 0.45), (255, 232, 130), (255, 208, 110), 0.45,
    ),
    "night": Light(
        "night", (4, 7, 26), (12, 20, 54), (28, 42, 90),
        (0.29, 0.34, 0.53), (244, 244, 222), (252, 220, 120), 0.6,
    ),
}  # fmt: skip
# White light for what is under no sky.
STUDIO = Light(
    "studio", (250, 250, 250), (250, 250, 250), (250, 250, 250),
    (1.0, 1.0, 1.0), (255, 255, 255), (112, 146, 182), 1.0,
)  # fmt: skip


def light_of(time: str | None, weather: str = "clear") -> Light:
    """The light at ``time`` (None: indoors) in ``weather``; clouds, snow and rain dim it and make it greyer."""
    if time is None:
        return STUDIO
    clear = LIGHTS[time]
    return replace(
        clear,
        sky_top=_cover_sky(clear.sky_top, weather),
        sky_middle=_cover_sky(clear.sky_middle, weather),
        sky_bottom=_cover_sky(clear.sky_bottom, weather),
        tint=_cover(clear.tint, *_COVER_OF_THINGS[weather]),
    )


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour ``share`` (0-1) of the way from ``a`` to ``b``."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _cover_sky(colour: Colour, weather: str) -> Colour:
    covered = _cover(colour, *_COVER_OF_SKY[weather])
    # Low clouds hold some light, so that a wet night is slate and not black.
    glow: dict[str, Colour] = {"rain": (96, 102, 118), "snow": (156, 164, 184)}
    return mix(covered, glow[weather], 0.17) if weather in glow else covered


def _cover(colour: Colour, greyness: float, brightness: float) -> Colour:
    grey = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
    mixed = mix(colour, (grey, grey, grey), greyness)
    return (mixed[0] * brightness, mixed[1] * brightness, mixed[2] * brightness)

"""Lights: the times are ordered by brightness in every weather, and haze ends in the sky's colour."""

from __future__ import annotations

import pytest

from demo_models.scenes.lights import LIGHTS, STUDIO, light_of
from demo_models.scenes.vocabulary import TIMES, WEATHERS


@pytest.mark.parametrize("weather", WEATHERS)
def test_night_is_darker_than_sunset_and_sunset_than_dawn_and_day(weather: str) -> None:
    on_white = {time: sum(light_of(time, weather).on((255, 255, 255))) for time in TIMES}
    sky = {time: sum(light_of(time, weather).sky_middle) for time in TIMES}

    for lightness in (on_white, sky):
        assert lightness["night"] < lightness["sunset"] < min(lightness["dawn"], lightness["day"])


@pytest.mark.parametrize("time", TIMES)
def test_rain_dims_and_clear_weather_does_not(time: str) -> None:
    assert light_of(time) == LIGHTS[time]
    assert sum(light_of(time, "rain").tint) < sum(LIGHTS[time].tint)


def test_haze_fades_colours_into_the_sky() -> None:
    light = LIGHTS["dawn"]

    assert light.on((10, 200, 30), 1.0) == pytest.approx(light.sky_bottom)
    assert light.on((10, 200, 30), 0.0) == pytest.approx(
        [c * t for c, t in zip((10, 200, 30), light.tint, strict=True)]
    )


def test_indoors_colours_are_themselves() -> None:
    assert light_of(None) is STUDIO
    assert STUDIO.on((12, 34, 56)) == (12, 34, 56)

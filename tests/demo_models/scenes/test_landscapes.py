"""Landscapes: the time of day shows in the brightness, each place differs, the same seed gives the same bytes."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.stable_diffusion.judge import brightness
from demo_models.scenes.landscapes import draw_landscape
from demo_models.scenes.compose import draw_abstract
from demo_models.scenes.vocabulary import PLACES, Landscape, all_landscapes


@given(st.sampled_from(PLACES), st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_day_is_brighter_than_sunset_and_sunset_than_night(place: str, day: int, sunset: int, night: int) -> None:
    lights = [
        brightness(draw_landscape(Landscape(place, time), random.Random(seed), 64))
        for time, seed in (("day", day), ("sunset", sunset), ("night", night))
    ]

    assert lights[0] > lights[1] > lights[2]


@pytest.mark.parametrize("landscape", all_landscapes(), ids=lambda item: f"{item.place}-{item.time}")
def test_same_seed_draws_same_bytes(landscape: Landscape) -> None:
    first, again, other = (draw_landscape(landscape, random.Random(seed), 128) for seed in (1, 1, 2))

    assert first.shape == (128, 128, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_abstract_pictures_fill_their_size() -> None:
    picture = draw_abstract(random.Random(5), 64)

    assert picture.shape == (64, 64, 3)
    assert picture.std() > 0

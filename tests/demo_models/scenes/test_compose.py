"""Views: every place draws at every time in every weather, night is darkest, regions are exact, seeds decide all."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes.canvas import Mask
from demo_models.scenes.compose import Drawing, draw, draw_abstract, random_scene
from demo_models.scenes.vocabulary import COLOURS, OUTDOORS, SUBJECTS, TIMES, WEATHERS, Figures, Subject, View

seeds = st.integers(0, 2**32)
# What every picture of a place shows.
MADE_OF = {
    "sea": "sea",
    "beach": "sand",
    "mountains": "mountain",
    "desert": "cactus",
    "forest": "trees",
    "field": "field",
    "city": "building",
    "futuristic city": "tower",
    "road": "road",
    "lake": "lake",
    "village": "house",
    "island": "island",
}


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("place", OUTDOORS)
def test_every_place_shows_what_it_is_made_of(place: str, time: str, weather: str) -> None:
    drawing = draw(View(place, time, weather), random.Random(3), 64)

    shown = {region.label: region.mask.mean() for region in drawing.regions}
    assert shown["sky"] > 0.05
    assert sum(region.mask.mean() for region in drawing.regions if region.label == MADE_OF[place]) > 0.02
    assert ("moon" in shown) == (time == "night" and weather in ("clear", "clouds"))
    assert ("sun" in shown) <= (time != "night" and weather in ("clear", "clouds"))
    assert ("cloud" in shown) == (weather != "clear")


@pytest.mark.parametrize("time", TIMES[:3])
@pytest.mark.parametrize("place", OUTDOORS)
def test_the_sun_is_seen_in_clear_weather(place: str, time: str) -> None:
    for seed in range(8):
        regions = draw(View(place, time), random.Random(seed), 64).regions
        assert sum(region.mask.mean() for region in regions if region.label == "sun") > 0.003, seed


@given(st.sampled_from(OUTDOORS), st.sampled_from(WEATHERS), seeds, seeds, seeds)
@settings(max_examples=60, deadline=None)
def test_night_is_darker_than_dusk_and_dusk_than_day(place: str, weather: str, night: int, dusk: int, day: int) -> None:
    lightness = [
        draw(View(place, time, weather), random.Random(seed), 64).pixels.mean()
        for time, seed in (("night", night), ("sunset", dusk), ("day", day))
    ]

    assert lightness[0] + 10 < lightness[1]
    assert lightness[1] + 10 < lightness[2]


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_regions_cover_every_pixel_exactly_once(seed: int) -> None:
    rng = random.Random(seed)
    drawing = draw(random_scene(rng), rng, 64)

    assert (np.sum([region.mask for region in drawing.regions], axis=0) == 1).all()
    assert all(region.mask.any() and region.label for region in drawing.regions)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_subjects_are_among_the_regions_and_large(seed: int) -> None:
    rng = random.Random(seed)
    scene = random_scene(rng)
    drawing = draw(scene, rng, 64)
    if isinstance(scene, Figures):
        return
    shown: dict[str, float] = {}
    for region in drawing.regions:
        shown[region.label] = max(shown.get(region.label, 0.0), float(region.mask.mean()))

    least = {1: 0.04, 2: 0.012, 3: 0.006}.get(len(scene.subjects), 0.0)
    for subject in scene.subjects:
        assert shown[subject.name] >= least


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_same_seed_draws_the_same_at_every_size(seed: int) -> None:
    scene = random_scene(random.Random(seed))
    first, again = (draw(scene, random.Random(seed + 1), 64) for _ in range(2))
    large = draw(scene, random.Random(seed + 1), 128)

    assert np.array_equal(first.pixels, again.pixels)
    assert [region.label for region in first.regions] == [region.label for region in again.regions]
    halved = large.pixels.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(halved - first.pixels).mean() < 4


def test_other_seeds_draw_other_pictures() -> None:
    pictures = [draw(View("village", "day"), random.Random(seed), 64).pixels for seed in range(4)]

    assert len({picture.tobytes() for picture in pictures}) == 4


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("place", ["sea", "city", "studio", "space"])
def test_any_subject_is_seen_anywhere(place: str, name: str) -> None:
    time, backdrop = ("day" if place in OUTDOORS else None), ("green" if place == "studio" else None)
    drawing = draw(View(place, time, subjects=(Subject(name),), backdrop=backdrop), random.Random(1), 64)

    mask = _mask(drawing, name)
    assert mask.mean() > 0.05
    assert mask.any(axis=0).sum() < 62


def test_rain_and_snow_leave_the_regions_and_change_the_pixels() -> None:
    for weather in ("rain", "snow"):
        wet, dry = (draw(View("sea", "day", kind), random.Random(2), 128) for kind in (weather, "clear"))
        assert _mask(wet, "sea").sum() == _mask(dry, "sea").sum()
        assert (
            np.abs(np.diff(wet.pixels.astype(int), axis=1)).mean()
            > np.abs(np.diff(dry.pixels.astype(int), axis=1)).mean()
        )


def test_snow_whitens_the_ground() -> None:
    white, green = (draw(View("mountains", "day", kind), random.Random(2), 64) for kind in ("snow", "clear"))

    saturation = [np.ptp(drawing.pixels[_mask(drawing, "grass")], axis=1).mean() for drawing in (white, green)]
    assert saturation[0] < 0.4 * saturation[1]


@pytest.mark.parametrize("backdrop", COLOURS)
def test_backdrop_has_its_colour(backdrop: str) -> None:
    drawing = draw(View("studio", None, backdrop=backdrop), random.Random(0), 64)

    assert np.abs(np.median(drawing.pixels.reshape(-1, 3), axis=0) - COLOURS[backdrop]).max() < 45


def test_abstract_pictures_fill_their_size() -> None:
    picture = draw_abstract(random.Random(5), 64)

    assert picture.shape == (64, 64, 3)
    assert picture.std() > 0


def _mask(drawing: Drawing, label: str) -> Mask:
    mask = np.zeros(drawing.pixels.shape[:2], dtype=bool)
    for region in drawing.regions:
        if region.label == label:
            mask |= region.mask
    return mask

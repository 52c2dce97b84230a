"""Scenes as attributes: nothing is lost on the way, and every value is in its list."""

from __future__ import annotations

import random

import pytest

from demo_models.scenes.compose import random_scene
from demo_models.scenes.vocabulary import Figures, Item, Subject, View
from demo_models.stable_diffusion.reading import ATTRIBUTES, SIZES, attribute_targets, attributes_of


def test_figures_tell_shapes_colours_and_layout() -> None:
    figures = Figures((Item("star", "red"), Item("circle", "blue")), "white", "left-right")

    assert attributes_of(figures) == {
        "layout": "left-right",
        "count": "2",
        "first shape": "star",
        "first colour": "red",
        "second shape": "circle",
        "second colour": "blue",
        "background": "white",
    }


def test_views_tell_place_weather_and_subjects_in_their_order() -> None:
    view = View("road", "night", "rain", (Subject("cat", "black"), Subject("bicycle")), riding=True)

    assert attributes_of(view) == {
        "place": "road",
        "time": "night",
        "weather": "rain",
        "riding": "yes",
        "subject 1": "cat",
        "colour of subject 1": "black",
        "subject 2": "bicycle",
    }


def test_places_without_a_sky_have_no_weather() -> None:
    assert attributes_of(View("space", None)) == {"place": "space"}


@pytest.mark.parametrize("seed", range(3))
def test_scenes_differ_when_their_targets_do(seed: int) -> None:
    rng = random.Random(seed)
    scenes = [random_scene(rng) for _ in range(200)]
    targets = attribute_targets(scenes)

    assert targets.shape == (200, len(ATTRIBUTES))
    assert (targets < targets.new_tensor(SIZES)).all()
    assert len({tuple(row.tolist()) for row in targets}) == len(set(scenes))

"""Random scenes hold every value of the vocabulary, in the shares that training needs."""

from __future__ import annotations

import random
from collections import Counter

from demo_models.scenes.sampling import random_scene
from demo_models.scenes.vocabulary import (
    COLOURS,
    LAYOUTS,
    MAX_SUBJECTS,
    MOUNTS,
    OUTDOORS,
    PLACES,
    RIDERS,
    SHAPES,
    SUBJECT_COLOURS,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Figures,
    View,
)

SCENES = [random_scene(rng) for rng in [random.Random(0)] for _ in range(8000)]
FIGURES = [scene for scene in SCENES if isinstance(scene, Figures)]
VIEWS = [scene for scene in SCENES if isinstance(scene, View)]


def test_about_a_third_are_figures_of_every_kind() -> None:
    assert 0.29 < len(FIGURES) / len(SCENES) < 0.37
    assert {figures.layout for figures in FIGURES} == set(LAYOUTS)
    assert {(item.shape, item.colour, f.background) for f in FIGURES for item in f.items} == {
        (shape, colour, background) for shape in SHAPES for colour in COLOURS for background in COLOURS
        if colour != background
    }  # fmt: skip


def test_views_hold_every_place_at_every_time_in_every_weather() -> None:
    seen = {(view.place, view.time, view.weather) for view in VIEWS}

    assert {(place, time, weather) for place in OUTDOORS for time in TIMES for weather in WEATHERS} <= seen
    assert {view.place for view in VIEWS} == set(PLACES)
    assert {view.backdrop for view in VIEWS} == {None, *COLOURS}


def test_views_hold_every_subject_in_every_colour() -> None:
    seen = {(subject.name, subject.colour) for view in VIEWS for subject in view.subjects}

    assert {(name, colour) for name in SUBJECTS for colour in SUBJECT_COLOURS.get(name, (None,))} <= seen
    assert {(view.subjects[0].name, view.subjects[1].name) for view in VIEWS if view.riding} == {
        (rider, mount) for rider in RIDERS for mount in MOUNTS
    }


def test_half_of_the_outdoor_views_are_empty_and_most_are_clear() -> None:
    outdoors = [view for view in VIEWS if view.place in OUTDOORS]
    counts = Counter(len(view.subjects) for view in outdoors)

    assert set(counts) == set(range(MAX_SUBJECTS + 1))
    assert 0.4 < counts[0] / len(outdoors) < 0.6
    assert 0.45 < sum(view.weather == "clear" for view in outdoors) / len(outdoors) < 0.65


def test_examples_are_frequent() -> None:
    riding_cats = sum(
        view.riding and view.weather == "rain" and [s.name for s in view.subjects] == ["cat", "bicycle"]
        for view in VIEWS
    )
    astronauts = sum(view.place == "space" and [s.name for s in view.subjects] == ["astronaut"] for view in VIEWS)

    assert riding_cats > 0.008 * len(SCENES)
    assert astronauts > 0.008 * len(SCENES)


def test_same_seed_gives_same_scenes() -> None:
    first, again = ([random_scene(rng) for _ in range(50)] for rng in (random.Random(4), random.Random(4)))

    assert first == again

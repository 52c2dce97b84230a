"""Labels are true of the pictures they belong to, false of others, and undecided where nobody can tell."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes import labels_bank, wording_labels
from demo_models.scenes.compose import draw
from demo_models.scenes.labels import (
    LABELS,
    NEVER_DRAWN,
    UNSEEN_NEVER_DRAWN,
    implied_by,
    labels_of,
    phrasing,
    undecided_labels,
)
from demo_models.scenes.sampling import random_scene
from demo_models.scenes.vocabulary import OUTDOORS, SUBJECTS, TIMES, Figures, Scene, View
from demo_models.scenes.vocabulary import Item as I
from demo_models.scenes.vocabulary import Subject as S
from tests.demo_models.scenes.strategies import scenes, views


@given(scenes())
@settings(max_examples=120, deadline=None)
def test_true_and_undecided_labels_are_disjoint_parts_of_the_bank(scene: Scene) -> None:
    true, undecided = labels_of(scene), undecided_labels(scene)

    assert set() < true <= set(LABELS)
    assert undecided <= set(LABELS)
    assert not true & undecided


@given(scenes())
@settings(max_examples=120, deadline=None)
def test_what_a_true_label_implies_is_true(scene: Scene) -> None:
    true = labels_of(scene)

    for label in true - {"stars"}:
        assert implied_by(label) - true <= {"landscape", "nature", "plain background"}, label


@given(views())
@settings(max_examples=80, deadline=None)
def test_a_view_is_at_one_time_in_one_weather(view: View) -> None:
    true = labels_of(view) | undecided_labels(view)

    if view.place in OUTDOORS:
        assert true & set(TIMES) == {view.time}
        assert {"outdoors", "sky"} <= labels_of(view)
        assert ("rain" in true) == (view.weather == "rain")
    else:
        assert not labels_of(view) & {*TIMES, "rain", "clouds", "outdoors"}


@pytest.mark.parametrize(
    ("scene", "true", "false"),
    [
        (
            Figures((I("circle", "red"), I("circle", "blue")), "white", "left-right"),
            {"red circle", "blue circle", "two circles", "white background", "red", "shape"},
            {"red background", "blue square", "three circles", "cat", "landscape", "night", "sea"},
        ),
        (
            View("lake", "day"),
            {"lake", "water", "landscape", "mountains", "day", "sun", "nature"},
            {"night", "city", "car", "rain", "animal", "vehicle", "person", "indoors", "red circle"},
        ),
        (
            View("futuristic city", "sunset"),
            {"city", "sunset", "futuristic", "building", "skyscrapers"},
            {"night", "forest", "moon", "cat", "dawn"},
        ),
        (
            View("road", "night", "rain", (S("cat", "black"), S("bicycle")), riding=True),
            {"riding a bicycle", "cat", "black cat", "bicycle", "vehicle", "animal", "pet", "rain", "road", "night"},
            {"riding a horse", "white cat", "dog", "sun", "snow", "clear sky"},
        ),
        (
            View("room", None, subjects=(S("person in a suit"),)),
            {"library", "books", "person", "person in a suit", "indoors"},
            {"astronaut", "sky", "outdoors", "sea", "night"},
        ),
        (
            View("studio", None, subjects=(S("car", "red"),), backdrop="blue"),
            {"red car", "car", "vehicle", "blue background", "plain background"},
            {"blue car", "red background", "landscape", "road"},
        ),
        (View("space", None, subjects=(S("astronaut"),)), {"space", "stars", "person"}, {"sea", "superhero", "rain"}),
        (View("beach", "night"), {"moon", "stars", "sand", "water", "sea"}, {"sun", "lit windows", "snow"}),
    ],
    ids=["figures", "lake", "futuristic-city", "cat-on-bicycle", "library", "studio", "space", "beach"],
)
def test_labels_of_scenes(scene: Scene, true: set[str], false: set[str]) -> None:
    assert true <= labels_of(scene)
    assert not false & (labels_of(scene) | undecided_labels(scene))
    assert false <= set(LABELS)


@pytest.mark.parametrize(
    ("scene", "undecided"),
    [
        (View("field", "day", subjects=(S("car"),)), {"red car", "tree", "blue"}),
        (View("mountains", "day"), {"snow", "triangle"}),
        (View("sea", "day", "rain"), {"clouds"}),
        (Figures((I("circle", "yellow"),), "black"), {"sun", "moon", "balloon"}),
    ],
    ids=["ordinary-car", "peaks", "rain", "disc"],
)
def test_undecided_labels(scene: Scene, undecided: set[str]) -> None:
    assert undecided <= undecided_labels(scene)


def test_what_labels_say_is_seen_in_the_picture() -> None:
    rng = random.Random(5)
    names_of: dict[str, tuple[str, ...]] = {name: (name,) for name in SUBJECTS if name != "person"}
    names_of |= {name: (name,) for name in ("sun", "moon", "stars", "planet", "church", "cactus", "sand", "sea")}
    names_of |= {"tree": ("tree", "trees", "palm"), "palm tree": ("palm",), "clouds": ("cloud",)}
    names_of["mountains"] = ("mountain", "mountains")

    for scene in (random_scene(rng) for _ in range(80)):
        drawing = draw(scene, rng)
        for label, names in names_of.items():
            pixels = sum(int(region.mask.sum()) for region in drawing.regions if region.label in names)
            if label in labels_of(scene):
                assert pixels > 20, (label, scene)
            elif isinstance(scene, View) and label not in undecided_labels(scene):
                assert pixels == 0, (label, scene)


def test_every_label_is_true_of_some_training_scene_and_false_of_most() -> None:
    rng = random.Random(0)
    drawn = [random_scene(rng) for _ in range(8000)]
    counts = dict.fromkeys(LABELS, 0)
    for scene in drawn:
        for label in labels_of(scene):
            counts[label] += 1

    assert [label for label, count in counts.items() if count == 0] == []
    assert max(counts.values()) < 0.7 * len(drawn)


def test_the_bank_holds_no_label_twice_and_none_that_is_never_drawn() -> None:
    assert len(set(LABELS)) == len(LABELS)
    assert len(set(NEVER_DRAWN)) == len(NEVER_DRAWN) >= 280
    assert len(set(UNSEEN_NEVER_DRAWN)) == len(UNSEEN_NEVER_DRAWN) >= 55
    assert not set(NEVER_DRAWN) & set(UNSEEN_NEVER_DRAWN)
    assert wording_labels.SYNONYMS.keys() <= set(LABELS)


def test_what_is_never_drawn_is_no_way_to_type_a_label() -> None:
    rng = random.Random(1)
    typed = {phrasing(label, rng).lower() for label in LABELS for _ in range(60)}

    assert not typed & {*NEVER_DRAWN, *UNSEEN_NEVER_DRAWN}


@given(st.sampled_from((*LABELS, *NEVER_DRAWN)), st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_phrasing_is_a_short_text_fixed_by_the_seed(label: str, seed: int) -> None:
    text = phrasing(label, random.Random(seed))

    assert text == phrasing(label, random.Random(seed))
    assert 1 <= len(text.split()) <= 12
    assert not re.search(r"\ban? (an?|the)\b", text)


def test_phrasings_of_a_label_vary_in_articles_number_and_words() -> None:
    rng = random.Random(2)
    typed = {phrasing("cat", rng) for _ in range(300)}

    assert {"cat", "a cat", "cats", "kitten", "a photo of a cat"} <= typed


def test_words_from_the_documents_are_in_the_bank_or_other_words_for_it() -> None:
    rng = random.Random(3)
    typed = {phrasing(label, rng) for label in LABELS for _ in range(200)}

    assert {"city", "sunset", "futuristic", "landscape", "river", "mountains"} <= typed


def test_names_of_labels() -> None:
    assert labels_bank.coloured("person", "red") == "person in red"
    assert labels_bank.coloured("car", "red") == "red car"
    assert labels_bank.counted(3, "star") == "three stars"
    assert labels_bank.plural("superhero") == "superheroes"

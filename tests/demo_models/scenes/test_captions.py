"""Captions state what is drawn and nothing else, in many wordings; held-out sentences never occur."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes import wording, wording_figures, wording_places, wording_subjects
from demo_models.scenes.captions import HELD_OUT, MAX_WORDS, caption, plain_caption
from demo_models.scenes.captions_figures import plain_figures
from demo_models.scenes.labels import labels_of
from demo_models.scenes.sampling import random_scene
from demo_models.scenes.vocabulary import COLOURS, PLACES, SHAPES, SUBJECTS, TIMES, WEATHERS, Figures, Scene, View
from demo_models.scenes.vocabulary import Item as I
from demo_models.scenes.vocabulary import Subject as S
from tests.demo_models.scenes.strategies import figures, scenes

seeds = st.integers(0, 2**32)


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


@given(scenes(), seeds)
@settings(max_examples=200, deadline=None)
def test_caption_states_only_what_is_drawn(scene: Scene, seed: int) -> None:
    made = caption(scene, random.Random(seed))

    assert made.stated <= labels_of(scene)
    assert 1 <= len(made.text.split()) <= MAX_WORDS
    assert not re.search(r"[{}]|  | ,", made.text)


@given(scenes(), seeds)
@settings(max_examples=200, deadline=None)
def test_held_out_sentences_are_in_no_caption(scene: Scene, seed: int) -> None:
    words = _words(caption(scene, random.Random(seed)).text)

    assert not any(_words(held_out) in words for held_out in HELD_OUT)


@given(scenes(), seeds)
@settings(max_examples=120, deadline=None)
def test_a_stands_before_consonants_and_an_before_vowels(scene: Scene, seed: int) -> None:
    text = caption(scene, random.Random(seed)).text.lower()

    for article, following in re.findall(r"\b(an?) (\w+)", text):
        vowel = following[0] in "aeiou" and not following.startswith(("uni", "eu", "one"))
        assert article == ("an" if vowel else "a"), text


@given(figures(), seeds)
@settings(max_examples=200, deadline=None)
def test_stated_colours_and_shapes_are_worded(scene: Figures, seed: int) -> None:
    made = caption(scene, random.Random(seed))

    text = made.text.lower()
    for colour, names in wording_figures.COLOUR_WORDS.items():
        assert (colour in made.stated) <= any(name in text for name in names)
    for shape, names in wording_figures.SHAPE_WORDS.items():
        assert (shape in made.stated) <= any(name in text for name in names)


def test_same_seed_gives_same_caption() -> None:
    scene = View("sea", "night", subjects=(S("boat", "red"),))

    assert caption(scene, random.Random(4)) == caption(scene, random.Random(4))


def test_captions_vary_and_mostly_state_the_subject_and_the_place() -> None:
    rng = random.Random(0)
    scene = View("beach", "sunset", "rain", (S("dog", "black"),))
    made = [caption(scene, rng) for _ in range(1000)]

    assert len({one.text for one in made}) > 950
    shares = Counter(label for one in made for label in one.stated)
    assert all(0.75 < shares[label] / 1000 < 0.99 for label in ("dog", "black dog", "beach", "sunset", "rain"))
    assert 5 < sum(not one.stated for one in made) < 40


@pytest.mark.parametrize("layout", ["left-right", "above-below"])
def test_captions_of_a_pair_say_which_is_where(layout: str) -> None:
    rng = random.Random(1)
    scene = Figures((I("circle", "red"), I("square", "blue")), "white", layout)
    first = {"left-right": "left|right|beside|next|and", "above-below": "above|over|top|below|under|beneath|and|with"}

    texts = [caption(scene, rng) for _ in range(200)]

    assert all(re.search(first[layout], one.text.lower()) for one in texts if {"circle", "square"} <= one.stated)


def test_every_value_of_the_vocabulary_has_words() -> None:
    assert wording_figures.COLOUR_WORDS.keys() == COLOURS.keys()
    assert wording_figures.SHAPE_WORDS.keys() == set(SHAPES)
    assert wording_places.PLACE_NAMES.keys() == wording_places.WHERE.keys() == set(PLACES) - {"studio"}
    assert wording_places.WHEN.keys() == wording_places.TIME_NOUNS.keys() == set(TIMES)
    assert wording_places.WEATHER_PHRASES.keys() == wording_places.WEATHER_NOUNS.keys() == set(WEATHERS)
    assert wording_subjects.SUBJECT_NAMES.keys() == wording_subjects.SUBJECT_PLURALS.keys() == set(SUBJECTS)


def test_every_value_of_the_vocabulary_is_stated_by_some_caption() -> None:
    rng = random.Random(2)
    stated: set[str] = set()
    for _ in range(6000):
        stated |= caption(random_scene(rng), rng).stated

    assert {*COLOURS, *SHAPES, *SUBJECTS, *TIMES, "clouds", "rain", "snow", "clear sky"} <= stated
    assert set(PLACES) - {"room", "studio"} | {"library", "plain background"} <= stated


def test_words_without_meaning_are_no_words_of_a_scene() -> None:
    drawn = {name for names in wording_subjects.SUBJECT_NAMES.values() for name in names}
    drawn |= {wording.bare(name) for names in wording_places.PLACE_NAMES.values() for name in names}
    drawn |= {noun for nouns in wording_places.TIME_NOUNS.values() for noun in nouns}

    assert not drawn & set(wording.DISTRACTORS)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("a orange cat", "an orange cat"),
        ("an red cat", "a red cat"),
        ("a unicorn and a island", "a unicorn and an island"),
        ("A umbrella", "An umbrella"),
        ("Canada and a apple", "Canada and an apple"),
    ],
)
def test_mended_articles(phrase: str, expected: str) -> None:
    assert wording.mend_articles(phrase) == expected


@pytest.mark.parametrize(
    ("scene", "text"),
    [
        (Figures((I("circle", "red"),), "blue"), "a red circle on a blue background"),
        (Figures((I("star", "white"),), "orange"), "a white star on an orange background"),
        (Figures((I("star", "red"),) * 3, "blue", "row"), "three red stars in a row on a blue background"),
        (
            Figures((I("square", "orange"), I("circle", "red")), "white", "left-right"),
            "an orange square to the left of a red circle on a white background",
        ),
        (
            Figures((I("square", "blue"), I("circle", "red")), "white", "above-below"),
            "a blue square above a red circle on a white background",
        ),
        (View("sea", "day"), "the sea by day"),
        (View("city", "sunset", "snow"), "a city at sunset in the snow"),
        (View("space", None), "space"),
        (View("room", None, subjects=(S("person", "red"),)), "a person in red in a library"),
        (View("studio", None, subjects=(S("car"),), backdrop="orange"), "a car on an orange background"),
        (
            View("road", "night", "rain", (S("cat", "orange"), S("bicycle", "red"), S("tree")), riding=True),
            "an orange cat riding a red bicycle and a tree on a road at night in the rain",
        ),
        (View("lake", "dawn", "clouds", (S("dog"),) * 2), "two dogs by a lake at dawn under a cloudy sky"),
        (View("island", "day", subjects=(S("fish"),)), "a fish near an island by day"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "scene",
)
def test_plain_caption(scene: Scene, text: str) -> None:
    assert plain_caption(scene) == text


@given(figures())
@settings(max_examples=50, deadline=None)
def test_plain_caption_of_figures_names_everything(scene: Figures) -> None:
    text = plain_figures(scene)

    assert all(item.colour in text and item.shape in text for item in scene.items)
    assert f"{scene.background} background" in text

"""Captions state what is drawn and nothing else, in many wordings; held-out sentences never occur."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes import wording
from demo_models.scenes.captions import HELD_OUT, caption, plain_caption
from demo_models.scenes.compose import random_scene
from demo_models.scenes.vocabulary import ATTRIBUTES, Figure, Landscape, all_figures, all_landscapes

scenes = st.sampled_from([*all_figures(), *all_landscapes()])
seeds = st.integers(0, 2**32)


@given(scenes, seeds)
@settings(max_examples=300, deadline=None)
def test_caption_states_only_what_is_drawn(scene: Figure | Landscape, seed: int) -> None:
    made = caption(scene, random.Random(seed))

    assert made.text.strip()
    assert made.text.lower() not in HELD_OUT
    assert made.stated.items() <= vars(scene).items()


@given(st.sampled_from(all_figures()), seeds)
@settings(max_examples=200, deadline=None)
def test_stated_colours_are_worded_in_the_caption(figure: Figure, seed: int) -> None:
    made = caption(figure, random.Random(seed))

    text = made.text.lower()
    for name in ("colour", "background"):
        if name in made.stated:
            words = {word.split()[-1] for word in wording.COLOUR_WORDS[made.stated[name]]}
            assert any(word in text for word in words)


def test_same_seed_gives_same_caption() -> None:
    scene = Landscape("ocean", "night")

    assert caption(scene, random.Random(4)) == caption(scene, random.Random(4))


def test_captions_vary_and_mostly_state_everything() -> None:
    rng = random.Random(0)
    pairs = [(scene, caption(scene, rng)) for scene in (random_scene(rng) for _ in range(1000))]

    assert len({made.text for _, made in pairs}) > 900
    complete = sum(made.stated == vars(scene) for scene, made in pairs)
    assert 0.7 < complete / len(pairs) < 0.9


def test_wording_covers_the_vocabulary() -> None:
    assert wording.COLOUR_WORDS.keys() == set(ATTRIBUTES["colour"])
    assert wording.SHAPE_WORDS.keys() == set(ATTRIBUTES["shape"])
    assert wording.PLACE_WORDS.keys() == wording.PLACE_TAILS.keys() == set(ATTRIBUTES["place"])
    assert wording.TIME_PHRASES.keys() == wording.TIME_NOUNS.keys() == set(ATTRIBUTES["time"])


@pytest.mark.parametrize(
    ("scene", "text"),
    [
        (Figure("circle", "red", "blue"), "a red circle on a blue background"),
        (Figure("star", "white", "orange"), "a white star on an orange background"),
        (Landscape("ocean", "day"), "the ocean by day"),
        (Landscape("city", "sunset"), "the city at sunset"),
    ],
)
def test_plain_caption(scene: Figure | Landscape, text: str) -> None:
    assert plain_caption(scene) == text

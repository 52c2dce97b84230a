"""Surprises: within what a demo model knows, and each another."""

import random
import re
from itertools import pairwise

import pytest

from demo_models.scenes.captions import caption
from demo_models.scenes.sampling import random_scene
from demo_models.sounds.descriptions import describe
from demo_models.sounds.vocabulary import random_sound
from generation.models import JobKind
from generation.prompts import EXAMPLES, has_surprises, surprise

KINDS = [kind for kind in JobKind if has_surprises(kind)]
MANY = 300


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def test_surprises_for_the_demo_models_are_made_of_words_that_they_learnt() -> None:
    rng = random.Random(1)
    of_pictures = set().union(*(words(caption(random_scene(rng), rng).text) for _ in range(6000)))
    of_sounds = set().union(*(words(describe(random_sound(rng), rng).text) for _ in range(4000)))

    for kind in KINDS:
        asked = set().union(*(words(surprise(kind, demo=True)) for _ in range(MANY)))
        assert asked - (of_sounds if kind == JobKind.MUSIC else of_pictures) == set()


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_each_surprise_is_another(kind: JobKind, demo: bool) -> None:
    found = [surprise(kind, demo=demo)]
    for _ in range(MANY):
        found.append(surprise(kind, demo=demo, unlike=found[-1]))

    assert all(first != second for first, second in pairwise(found))
    assert len(set(found)) > 60
    assert all(text and len(text) < 200 for text in found)


@pytest.mark.parametrize("demo", [True, False])
def test_surprise_for_a_personal_model_names_what_it_knows(demo: bool) -> None:
    assert all("sks person" in surprise(JobKind.IMAGE, demo=demo, token="sks person") for _ in range(20))


def test_every_kind_has_examples() -> None:
    assert set(EXAMPLES) == set(JobKind)

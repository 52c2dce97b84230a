"""The shipped model says of freshly drawn pictures what they show, and of nothing else that they show it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from demo_models.labels.judge import Judge, load_engine, measure
from demo_models.scenes.compose import draw
from demo_models.scenes.vocabulary import Figures, Item, Subject, View

MODEL = Path(__file__).resolve().parents[3] / "models" / "demo" / "labels"
MAX_BYTES = 8_000_000


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load_engine(MODEL))


def test_figures_on_fresh_pictures_reach_their_targets() -> None:
    figures = measure(MODEL, count=40, seed=991)
    # Of forty pictures two may be wrong where five in a hundred may be.
    for name in ("scene", "scene_and_time", "colour_shape"):
        assert figures[name] >= 0.95, name
    for name in ("scene_rough", "scene_in_company", "colour_shape_rough", "subject"):
        assert figures[name] >= 0.85, name
    assert figures["sure_right"] >= 0.8
    assert figures["true_found"] >= 0.5
    assert figures["strange_wins"] <= 0.05
    assert figures["strange_above_half"] <= 0.01


@pytest.mark.parametrize(
    ("scene", "true", "false"),
    [
        pytest.param(
            Figures((Item("star", "yellow"),), "purple"),
            ("a yellow star", "a purple backdrop", "star", "a golden star on violet"),
            ("a red star", "a yellow circle", "a cat", "elephant", "the sea at night"),
            id="star",
        ),
        pytest.param(
            View("road", "night", "rain", (Subject("cat"), Subject("bicycle")), riding=True),
            ("cat", "a bike", "rain", "night", "a cat riding a bicycle in the rain"),
            ("dog", "a sunny day", "beach", "giraffe", "zorple"),
            id="cat",
        ),
        pytest.param(
            View("sea", "sunset"),
            ("ocean", "sunset", "waves", "a beautiful sunset over the ocean"),
            ("forest", "night", "a red car", "pizza"),
            id="sea",
        ),
        pytest.param(
            View("futuristic city", "sunset"),
            ("city", "sunset", "futuristic", "a futuristic cityscape at sunset"),
            ("a dog", "rain", "library", "microwave"),
            id="city",
        ),
    ],
)
def test_true_words_score_above_false_ones(
    judge: Judge, scene: Figures | View, true: tuple[str, ...], false: tuple[str, ...]
) -> None:
    right = 0
    for seed in range(5):
        scores = judge.scores(draw(scene, random.Random(seed)).pixels, (*true, *false))
        right += min(scores[label] for label in true) > max(scores[label] for label in false)
    assert right >= 4


def test_the_example_of_the_documentation(judge: Judge) -> None:
    picture = draw(View("futuristic city", "sunset"), random.Random(1)).pixels
    scores = judge.scores(picture, ("city", "sunset", "futuristic", "desert"))
    assert min(scores[label] for label in ("city", "sunset", "futuristic")) > 0.5
    assert scores["desert"] < 0.2


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in MODEL.rglob("*")) < MAX_BYTES

"""The judge of views is itself right about drawn pictures, also about blurred ones, and says when nothing is there."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.compose import draw
from demo_models.scenes.vocabulary import Subject, View
from demo_models.stable_diffusion.classifier import (
    WEIGHTS,
    Classifier,
    load_classifier,
    measure_classifier,
    read,
    train_classifier,
)
from demo_models.stable_diffusion.judge import Example


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier()


def test_fresh_views_are_read_right(classifier: Classifier) -> None:
    shares = measure_classifier(classifier, 120, 77)

    assert shares["place"] >= 0.97
    assert shares["time"] >= 0.97
    assert shares["weather"] >= 0.95
    assert shares["subject"] >= 0.92


def blurred(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(1.2)))


def test_blurred_pictures_are_read_like_sharp_ones(classifier: Classifier) -> None:
    view = View("field", "day", subjects=(Subject("horse"),))
    readings = read(classifier, np.stack([blurred(draw(view, random.Random(seed)).pixels) for seed in range(20)]))

    assert all((seen.place, seen.time, seen.weather) == ("field", "day", "clear") for seen in readings)
    assert sum(seen.subject == "horse" for seen in readings) >= 16


def test_grey_noise_shows_no_subject(classifier: Classifier) -> None:
    noise = np.random.default_rng(1).integers(100, 156, (1, 128, 128, 3), dtype=np.uint8)
    [seen] = read(classifier, noise)

    assert max(seen.subjects.values()) < 0.9


def test_an_example_is_seen_only_when_all_of_it_is_there(classifier: Classifier) -> None:
    example = Example("an astronaut in the desert at night", ("desert",), "night", subjects=("astronaut",))
    views = [View("desert", time, subjects=(Subject("astronaut"),)) for time in ("night", "day")]
    seen = read(classifier, np.stack([draw(view, random.Random(5)).pixels for view in views]))

    assert [example.is_seen(reading) for reading in seen] == [True, False]


def test_weights_are_too_small_to_matter() -> None:
    assert WEIGHTS.stat().st_size <= 300_000


def test_a_finished_training_is_only_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_models.stable_diffusion.classifier.PICTURES", 60)
    monkeypatch.setattr("demo_models.stable_diffusion.classifier.BATCH", 12)
    monkeypatch.setattr("demo_models.stable_diffusion.classifier.STEPS", 15)
    first = train_classifier(tmp_path)
    again = train_classifier(tmp_path)

    assert all(left.equal(right) for left, right in zip(first.parameters(), again.parameters(), strict=True))

"""The judge gives full marks to a pipeline that draws what it is asked for, and none to one that does not."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.captions import HELD_OUT, plain_caption
from demo_models.scenes.compose import draw
from demo_models.scenes.vocabulary import OUTDOORS, TIMES, Scene, Subject, View, all_single_figures
from demo_models.stable_diffusion import judge
from demo_models.stable_diffusion.judge import EXAMPLES, brightness, fresh_figures, measure, subject_views

COUNT = 32


def example_scenes() -> dict[str, Scene]:
    """A scene that each example asks for."""
    astronaut = View("space", None, subjects=(Subject("astronaut"),))
    sunset = View("sea", "sunset")
    suit, hero = (
        View("studio", None, subjects=(Subject(name),), backdrop="blue") for name in ("person in a suit", "superhero")
    )
    riding = View("road", "day", "rain", (Subject("cat", "orange"), Subject("bicycle", "red")), riding=True)
    reader = View("room", None, subjects=(Subject("person"),))
    city = View("futuristic city", "sunset")
    return dict(
        zip(
            [example.prompt for example in EXAMPLES],
            (riding, city, sunset, sunset, astronaut, suit, astronaut, hero, reader),
            strict=True,
        )
    )


def every_scene() -> dict[str, Scene]:
    views = [View(place, time, weather) for place in OUTDOORS for time in TIMES for weather in ("clear", "rain")]
    scenes: list[Scene] = [*all_single_figures(), *views, *subject_views(COUNT)]
    return {plain_caption(scene): scene for scene in scenes} | example_scenes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's folder of which nothing is loaded."""
    (tmp_path / "atelier.json").write_text(json.dumps({"guidance_rescale": 0.0}))
    monkeypatch.setattr(judge, "load_pipeline", lambda folder: None)
    return tmp_path


def test_a_perfect_pipeline_gets_full_marks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes, rng = every_scene(), random.Random(8)

    def generate(pipeline: Any, prompts: Sequence[str], **settings: Any) -> Pixels:
        return np.stack([draw(scenes[prompt], rng).pixels for prompt in prompts])

    monkeypatch.setattr(judge, "generate", generate)
    facts = measure(folder, count=COUNT, seed=3)

    assert {name for name, share in facts.items() if share < 0.9} == set()
    assert facts["figure_meaning"] == 1.0


def test_a_pipeline_that_draws_the_same_field_gets_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    field = draw(View("field", "day"), random.Random(4)).pixels
    monkeypatch.setattr(judge, "generate", lambda pipeline, prompts, **settings: np.stack([field] * len(prompts)))
    facts = measure(folder, count=COUNT, seed=3)

    assert facts["night_darker"] == facts["example"] == facts["rain"] == 0.0
    assert max(facts["figure_meaning"], facts["view"], facts["subject"]) <= 0.1


def test_examples_are_sentences_that_no_caption_holds() -> None:
    assert {example.prompt for example in EXAMPLES} <= HELD_OUT


def test_figures_are_all_different() -> None:
    assert len(set(fresh_figures(100, 1))) == 100


def test_brightness_weighs_green_most() -> None:
    red, green, blue = (np.eye(3, dtype=np.uint8)[channel].reshape(1, 1, 3) * 200 for channel in range(3))

    assert brightness(green) > brightness(red) > brightness(blue)
    assert brightness(np.full((2, 2, 3), 255, np.uint8)) == pytest.approx(255.0)

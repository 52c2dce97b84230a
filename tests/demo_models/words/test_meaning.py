"""The shipped T5 reaches its targets on fresh examples; the full table is in its model card."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo_models.targets import TARGETS
from demo_models.words.judge import measure, text_engine
from generation.engines.base import TextRequest
from tests.support.image_requests import ignore

FOLDER = Path(__file__).resolve().parents[3] / "models" / "demo" / "words"
COUNT = 60


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return measure(FOLDER, count=COUNT, seed=314)


@pytest.mark.parametrize("name", TARGETS["words"])
def test_the_shipped_model_reaches_its_targets(figures: dict[str, float], name: str) -> None:
    assert TARGETS["words"][name].met_by(figures[name])


def test_tags_are_hardly_ever_invented_even_where_they_could_be(figures: dict[str, float]) -> None:
    assert figures["tags_invented"] == 0
    assert figures["tags_invented_unrestricted"] <= 0.02


def test_another_seed_words_it_differently() -> None:
    engine = text_engine(FOLDER)
    texts = {engine.run([TextRequest("a lighthouse by the sea", seed)], ignore)[0].text for seed in range(6)}
    assert len(texts) >= 4
    assert all("lighthouse" in text and "sea" in text for text in texts)

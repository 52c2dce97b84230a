"""The judge finds the truth right, and mistakes wrong."""

from __future__ import annotations

import random

import numpy as np
import pytest

from demo_models.music.judge import MEASURES, KindClassifier, draw_pairs, judge_pairs, word
from demo_models.sounds.compose import render
from demo_models.sounds.vocabulary import KINDS, Sound

SECONDS = 4.0


def test_rendered_pairs_are_in_order_and_swapped_ones_are_not() -> None:
    pairs = draw_pairs(12, seed=3)
    waves = np.stack(
        [render(sound, row, SECONDS) for row, pair in enumerate(pairs) for sound in (pair.more, pair.less)]
    )
    swapped = waves.reshape(-1, 2, waves.shape[1])[:, ::-1].reshape(waves.shape)

    assert judge_pairs(pairs, waves)["ordered"] == 1.0
    assert judge_pairs(pairs, swapped)["ordered"] == 0.0


def test_pairs_cover_every_measure_and_differ_by_seed() -> None:
    assert {pair.measure for pair in draw_pairs(4, seed=0)} == set(MEASURES)
    assert draw_pairs(8, seed=0) == draw_pairs(8, seed=0) != draw_pairs(8, seed=1)


def test_the_classifier_knows_fresh_rendered_sounds() -> None:
    classifier = KindClassifier(SECONDS)
    heard = [classifier.kind(render(Sound((kind,)), 123, SECONDS)) for kind in KINDS]

    assert sum(one == kind for one, kind in zip(heard, KINDS, strict=True)) >= len(KINDS) - 1


@pytest.mark.parametrize("mood", ["plain", "calm"])
def test_fresh_words_differ_and_say_what_is_judged(mood: str) -> None:
    rng = random.Random(0)
    texts = {word(Sound(("drums",), mood, "slow"), rng) for _ in range(20)}

    assert len(texts) > 15

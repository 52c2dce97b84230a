"""The pixel tests of shapes agree with pictures whose content is known."""

from __future__ import annotations

import random

import numpy as np
import pytest

from demo_models.scenes.compose import draw
from demo_models.scenes.vocabulary import SHAPES, Figures, Item, all_single_figures
from demo_models.stable_diffusion.pixels import judge_all, judge_figure


def test_drawn_figures_pass_every_test() -> None:
    rng = random.Random(11)
    figures = rng.sample(all_single_figures(), 48)
    shares = judge_all([draw(figure, rng).pixels for figure in figures], figures)

    assert shares == {"meaning": 1.0, "border": 1.0, "colour": 1.0, "shape": 1.0}


@pytest.mark.parametrize("shape", SHAPES)
def test_another_figure_fails_what_differs(shape: str) -> None:
    picture = draw(Figures((Item(shape, "red"),), "blue"), random.Random(2)).pixels
    other = next(name for name in SHAPES if name != shape)

    assert not judge_figure(picture, Figures((Item(shape, "red"),), "white")).border
    assert not judge_figure(picture, Figures((Item(shape, "green"),), "blue")).colour
    assert not judge_figure(picture, Figures((Item(other, "red"),), "blue")).shape


def test_a_plain_picture_has_no_shape() -> None:
    plain = np.full((128, 128, 3), (35, 75, 215), dtype=np.uint8)
    verdict = judge_figure(plain, Figures((Item("star", "red"),), "blue"))

    assert verdict.border
    assert not verdict.means_it
    assert not verdict.shape

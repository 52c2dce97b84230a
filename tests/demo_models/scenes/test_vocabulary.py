"""The vocabulary: combinations are complete, and impossible ones are refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from demo_models.scenes.vocabulary import ATTRIBUTES, COLOURS, Figure, Landscape, all_figures, all_landscapes


def test_every_combination_is_there_once() -> None:
    assert len(set(all_figures())) == 4 * 8 * 7
    assert len(set(all_landscapes())) == 4 * 3


def test_attributes_cover_every_field_of_every_scene() -> None:
    for scene in [*all_figures(), *all_landscapes()]:
        for name, value in vars(scene).items():
            assert value in ATTRIBUTES[name]


def test_colours_are_far_apart() -> None:
    for first, second in combinations(COLOURS.values(), 2):
        assert np.linalg.norm(np.subtract(first, second)) > 80


@pytest.mark.parametrize(
    ("shape", "colour", "background"),
    [("circle", "red", "red"), ("heart", "red", "blue"), ("star", "pink", "red")],
)
def test_impossible_figure_is_refused(shape: str, colour: str, background: str) -> None:
    with pytest.raises(ValueError, match=r"background|unknown"):
        Figure(shape, colour, background)


def test_impossible_landscape_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Landscape("moon", "day")

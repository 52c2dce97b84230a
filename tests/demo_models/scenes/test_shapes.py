"""Figures are drawn in exact colours, inside the border, large enough, and the same for the same seed."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.stable_diffusion.judge import judge_figure
from demo_models.scenes.shapes import BORDER, RADII, corners, draw_figure
from demo_models.scenes.vocabulary import COLOURS, SHAPES, Figure, all_figures

figures = st.sampled_from(all_figures())
seeds = st.integers(0, 2**32)


@given(figures, seeds)
@settings(max_examples=60, deadline=None)
def test_figure_has_exactly_its_two_colours_and_an_antialiased_edge(figure: Figure, seed: int) -> None:
    picture = draw_figure(figure, random.Random(seed), 128)

    background = (picture == np.array(COLOURS[figure.background], np.uint8)).all(-1)
    inside = (picture == np.array(COLOURS[figure.colour], np.uint8)).all(-1)
    assert inside.mean() >= 0.13
    assert (~background & ~inside).mean() <= 0.06
    margin = int(BORDER * 128)
    edges = (background[:margin], background[-margin:], background[:, :margin], background[:, -margin:])
    assert all(edge.all() for edge in edges)


@given(figures, seeds)
@settings(max_examples=60, deadline=None)
def test_figure_passes_its_own_judge(figure: Figure, seed: int) -> None:
    verdict = judge_figure(draw_figure(figure, random.Random(seed), 128), figure)

    assert verdict.means_it
    assert verdict.shape


def test_same_seed_draws_same_bytes_and_another_seed_does_not() -> None:
    figure = Figure("star", "red", "blue")
    first, again, other = (draw_figure(figure, random.Random(seed), 128) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_drawing_scales_with_the_size_asked_for() -> None:
    figure = Figure("square", "white", "black")
    small = draw_figure(figure, random.Random(3), 64)
    large = draw_figure(figure, random.Random(3), 128)

    assert small.shape == (64, 64, 3)
    assert np.abs(large.reshape(64, 2, 64, 2, 3).mean((1, 3)) - small).mean() < 3


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "circle"])
def test_corners_lie_within_the_radius(shape: str) -> None:
    radius = RADII[shape][1]
    for x, y in corners(shape, (0.5, 0.5), radius, 10.0):
        assert np.hypot(x - 0.5, y - 0.5) <= radius + 1e-9

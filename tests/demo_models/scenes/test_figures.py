"""Figures are drawn in exact colours, inside the border, apart from each other, and the same for the same seed."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes.canvas import Mask
from demo_models.scenes.figures import BORDER, RADII, corners, draw_figures
from demo_models.scenes.sampling import random_figures
from demo_models.scenes.vocabulary import COLOURS, SHAPES, Figures, Item, all_single_figures

seeds = st.integers(0, 2**32)
several = seeds.map(lambda seed: random_figures(random.Random(seed)))


@given(st.sampled_from(all_single_figures()), seeds)
@settings(max_examples=60, deadline=None)
def test_single_figure_has_exactly_its_two_colours_and_an_antialiased_edge(figures: Figures, seed: int) -> None:
    picture = draw_figures(figures, random.Random(seed), 128).pixels()

    background = (picture == np.array(COLOURS[figures.background], np.uint8)).all(-1)
    inside = (picture == np.array(COLOURS[figures.items[0].colour], np.uint8)).all(-1)
    assert inside.mean() >= 0.13
    assert (~background & ~inside).mean() <= 0.06
    margin = int(BORDER * 128)
    edges = (background[:margin], background[-margin:], background[:, :margin], background[:, -margin:])
    assert all(edge.all() for edge in edges)


@given(several, seeds)
@settings(max_examples=60, deadline=None)
def test_every_shape_is_a_region_of_its_own_in_its_colour(figures: Figures, seed: int) -> None:
    canvas = draw_figures(figures, random.Random(seed), 128)

    ground, *shapes = canvas.regions()
    assert ground.background
    assert [region.label for region in shapes] == [item.shape for item in figures.items]
    for region, item in zip(shapes, figures.items, strict=True):
        assert not region.background
        assert region.mask.sum() > 60
        assert np.abs(np.median(canvas.pixels()[region.mask], axis=0) - COLOURS[item.colour]).max() <= 1


@given(several, seeds)
@settings(max_examples=60, deadline=None)
def test_layout_places_the_shapes(figures: Figures, seed: int) -> None:
    _, *shapes = draw_figures(figures, random.Random(seed), 128).regions()
    centres = [_centre(region.mask) for region in shapes]

    down, across = zip(*centres, strict=True)
    if figures.layout in ("row", "left-right"):
        assert list(across) == sorted(across)
        assert np.ptp(down) < 8
    elif figures.layout == "above-below":
        assert list(down) == sorted(down)
        assert np.ptp(across) < 8


def test_same_seed_draws_same_bytes_and_another_seed_does_not() -> None:
    figures = Figures((Item("star", "red"),), "blue")
    first, again, other = (draw_figures(figures, random.Random(seed), 128).pixels() for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "circle"])
def test_corners_lie_within_the_radius(shape: str) -> None:
    radius = RADII[shape][1]
    for x, y in corners(shape, (0.5, 0.5), radius, 10.0):
        assert np.hypot(x - 0.5, y - 0.5) <= radius + 1e-9


def _centre(mask: Mask) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())

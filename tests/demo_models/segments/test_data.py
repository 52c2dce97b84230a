"""Clicks mean what was drawn: the thing that was hit, and its connected part."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from demo_models.segments.data import (
    OUTSIDE,
    SPECK_SHARE,
    Batch,
    choose_clicks,
    draw_batch,
    normalise,
    number_parts,
    shrink,
)

SIZE = 64


@pytest.fixture(scope="module")
def batch() -> Batch:
    return draw_batch(8, SIZE, random.Random(3))


def test_the_same_seed_draws_the_same_batch(batch: Batch) -> None:
    again, other = (draw_batch(8, SIZE, random.Random(seed)) for seed in (3, 4))
    assert torch.equal(batch.pixels, again.pixels)
    assert torch.equal(batch.parts, again.parts)
    assert not torch.equal(batch.pixels, other.pixels)


def test_pictures_fill_the_square_from_the_top_left_and_nothing_else_is_numbered(batch: Batch) -> None:
    inside = batch.regions != OUTSIDE
    assert 0.5 < inside.float().mean() < 1
    for picture, regions, parts in zip(batch.pixels, inside, batch.parts != OUTSIDE, strict=True):
        height, width = int(regions[:, 0].sum()), int(regions[0].sum())
        assert regions[:height, :width].all()
        assert regions.sum() == height * width
        assert max(height, width) == SIZE
        assert torch.equal(regions, parts)
        assert not picture[:, ~regions].any()


def test_parts_of_one_region_hang_together_and_have_numbers_of_their_own() -> None:
    regions = np.array([[0, 1, 0], [0, 1, 2], [1, 0, 2]], np.int32)
    parts = number_parts(regions)
    same = [(0, 0), (1, 0)], [(0, 1), (1, 1)], [(1, 2), (2, 2)], [(0, 2)], [(2, 0)], [(2, 1)]
    numbers = [{int(parts[place]) for place in places} for places in same]
    assert all(len(each) == 1 for each in numbers)
    assert len(set.union(*numbers)) == len(same)


def test_clicks_hit_what_they_mean(batch: Batch) -> None:
    clicks = choose_clicks(batch, 6, torch.Generator().manual_seed(1))
    assert clicks.points.shape == (48, 1, 2)
    for number, (x, y) in enumerate(clicks.points[:, 0].long().tolist()):
        picture = number // 6
        hit = batch.regions[picture, y, x]
        assert hit != OUTSIDE
        assert torch.equal(clicks.whole[number], batch.regions[picture] == hit)
        assert clicks.part[number, y, x]
        assert not (clicks.part[number] & ~clicks.whole[number]).any()


def test_regions_are_clicked_on_alike_whatever_their_size() -> None:
    regions = torch.zeros(1, SIZE, SIZE, dtype=torch.int32)
    regions[0, :8, :8] = 1
    batch = Batch(torch.zeros(1, 3, SIZE, SIZE), regions, regions)
    clicks = choose_clicks(batch, 2_000, torch.Generator().manual_seed(1))
    share = float((clicks.points[:, 0] < 8).all(1).float().mean())
    assert share == pytest.approx(0.5, abs=0.04)


def test_specks_are_clicked_on_by_their_area() -> None:
    regions = torch.zeros(1, SIZE, SIZE, dtype=torch.int32)
    regions[0, 0, 0] = 1
    batch = Batch(torch.zeros(1, 3, SIZE, SIZE), regions, regions)
    clicks = choose_clicks(batch, 2_000, torch.Generator().manual_seed(1))
    share = float((clicks.points[:, 0] < 1).all(1).float().mean())
    assert share == pytest.approx(1 / (SPECK_SHARE * SIZE**2) / 2, abs=0.04)


def test_outside_the_picture_the_encoder_sees_zeros(batch: Batch) -> None:
    mean, deviation = torch.full((3, 1, 1), 100.0), torch.full((3, 1, 1), 50.0)
    seen = normalise(batch.pixels, batch.regions, mean, deviation)
    inside = (batch.regions != OUTSIDE).unsqueeze(1).expand_as(seen)
    assert not seen[~inside].any()
    torch.testing.assert_close(seen[inside] * 50 + 100, batch.pixels[inside], atol=1e-3, rtol=0)


def test_shrinking_keeps_the_covered_share() -> None:
    mask = torch.zeros(2, 8, 8, dtype=torch.bool)
    mask[0, :, :4], mask[1, 0, 0] = True, True
    small = shrink(mask, 4)
    assert small.mean((1, 2)).tolist() == [0.5, 1 / 64]
    assert small[1, 0, 0] == 0.25

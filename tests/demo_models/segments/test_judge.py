"""The judge gives full marks to the truth, none to nonsense, and knows what is spurious."""

from __future__ import annotations

import numpy as np
import pytest

from demo_models.scenes.canvas import Mask, Region
from demo_models.segments.judge import Truth, fresh_pictures, ious_with_truth, score, summarise, truth_of

SIZE = 40


def box(left: int, top: int, right: int, bottom: int) -> Mask:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[top:bottom, left:right] = True
    return mask


def scene() -> Truth:
    """A thing cut in two by another, a tiny one, and the ground around them."""
    front, cut, tiny = box(18, 0, 22, 40), box(10, 10, 30, 20), box(0, 0, 2, 2)
    cut = cut & ~front
    ground = ~(front | cut | tiny)
    return truth_of(
        [
            Region("ground", ground, background=True),
            Region("tiny", tiny, background=False),
            Region("cut", cut, background=False),
            Region("front", front, background=False),
        ]
    )


def test_objects_are_those_over_two_percent_largest_first() -> None:
    truth = scene()
    assert truth.objects == 2
    assert truth.areas.tolist() == pytest.approx([0.1, 0.1])
    # Whole regions, and the parts of what is cut: two of the thing, two of the ground.
    assert len(truth.masks) == 4 + 4


def test_the_truth_gets_full_marks() -> None:
    truth = scene()
    judged = score(ious_with_truth(list(truth.masks), truth), truth)
    assert judged.best.tolist() == pytest.approx([1.0, 1.0])
    assert judged.spurious == 0


def test_a_part_is_not_spurious_and_not_the_whole() -> None:
    truth = scene()
    half = box(10, 10, 18, 20)
    judged = score(ious_with_truth([half], truth), truth)
    assert sorted(judged.best.tolist()) == pytest.approx([0.0, 0.5])
    assert judged.spurious == 0


def test_a_mask_of_nothing_is_spurious() -> None:
    truth = scene()
    judged = score(ious_with_truth([box(0, 0, 20, 20), box(5, 30, 15, 40)], truth), truth)
    assert judged.spurious == 2


def test_no_masks_at_all_are_no_marks() -> None:
    truth = scene()
    judged = score(ious_with_truth([], truth), truth)
    assert summarise([judged]) == {
        "iou_over_2_percent": 0,
        "iou_over_5_percent": 0,
        "found": 0,
        "spurious": 0,
        "masks": 0,
        "objects": 2,
    }


def test_true_regions_of_drawings_score_one_and_drawings_repeat_by_seed() -> None:
    scores = []
    for (drawing, truth), (again, _) in zip(fresh_pictures(4, 9), fresh_pictures(4, 9), strict=True):
        assert np.array_equal(drawing.pixels, again.pixels)
        scores.append(score(ious_with_truth([region.mask for region in drawing.regions], truth), truth))
    figures = summarise(scores)
    assert figures["iou_over_2_percent"] == pytest.approx(1)
    assert figures["found"] == 1
    # Dots too small to be looked for are regions all the same.
    assert figures["spurious"] == 0

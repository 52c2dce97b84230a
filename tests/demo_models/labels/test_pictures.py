"""Pictures come with the truth about them, and are roughened without losing what they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from demo_models.labels.pictures import (
    FALSE,
    TRUE,
    UNDECIDED,
    Scenes,
    augment,
    draw_pictures,
    label_row,
    normalised,
    truth_of,
)
from demo_models.scenes.labels import LABELS, labels_of, undecided_labels
from demo_models.scenes.vocabulary import Figures


def test_scenes_are_the_same_for_the_same_seed() -> None:
    scenes = [Scenes(5)[index] for index in range(20)]
    assert scenes == [Scenes(5)[index] for index in range(20)]
    assert scenes != [Scenes(6)[index] for index in range(20)]


def test_the_share_of_figures_is_as_asked_for() -> None:
    plain, more = (sum(isinstance(Scenes(5, share)[index], Figures) for index in range(400)) for share in (0.0, 0.5))
    assert 80 < plain < 180
    assert 200 < more < 330


def test_truth_has_each_label_once() -> None:
    for index in range(50):
        scene = Scenes(1)[index]
        truth = truth_of(scene)
        named = {value: {LABELS[i] for i in np.nonzero(truth == value)[0]} for value in (TRUE, UNDECIDED, FALSE)}
        assert named[TRUE] == labels_of(scene)
        assert named[UNDECIDED] == undecided_labels(scene)
        assert sum(map(len, named.values())) == len(LABELS)


def test_label_row_holds_the_labels_given() -> None:
    row = label_row(frozenset({"cat", "red circle"}))
    assert {LABELS[index] for index in np.nonzero(row)[0]} == {"cat", "red circle"}


def test_pictures_are_drawn_once_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw_pictures(tmp_path, Scenes(3), 6, 32)
    monkeypatch.setattr("demo_models.labels.pictures.draw", None)
    again = draw_pictures(tmp_path, Scenes(3), 6, 32)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.truth, again.truth)
    assert first.pixels.shape == (6, 32, 32, 3)
    assert not list(tmp_path.glob("*.partial"))


def test_drawing_that_was_interrupted_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("demo_models.labels.pictures.truth_of", stop)
        with pytest.raises(KeyboardInterrupt):
            draw_pictures(tmp_path, Scenes(3), 4, 32)
    assert draw_pictures(tmp_path, Scenes(3), 4, 32).pixels.any()


def test_augmented_pictures_stay_near_what_they_were() -> None:
    colours = torch.tensor([[220, 30, 35], [35, 75, 215], [250, 250, 250], [15, 15, 15]], dtype=torch.uint8)
    pictures = colours[:, None, None].expand(-1, 56, 56, -1).repeat(8, 1, 1, 1)
    made = augment(pictures, 48, torch.Generator().manual_seed(1))
    assert made.shape == (32, 3, 48, 48)
    assert float(made.min()) >= -1
    assert float(made.max()) <= 1
    means, originals = made.mean((2, 3)), normalised(pictures).mean((2, 3))
    nearest = torch.cdist(means, originals[:4]).argmin(1)
    assert nearest.tolist() == list(range(4)) * 8
    assert len({tuple(row.tolist()) for row in means}) == 32


def test_augmenting_is_the_same_for_the_same_generator() -> None:
    pictures = torch.randint(0, 256, (6, 56, 56, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    first, second, other = (augment(pictures, 48, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)

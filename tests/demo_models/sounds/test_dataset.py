"""The file of rendered sounds is made once, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo_models.sounds import dataset
from demo_models.sounds.dataset import random_sounds, render_clips


def test_clips_are_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = np.array(render_clips(tmp_path / "clips.npy", 3, 0.5, seed=1))
    monkeypatch.setattr(dataset, "render", None)
    read = render_clips(tmp_path / "clips.npy", 3, 0.5, seed=1)

    np.testing.assert_array_equal(made, read)
    assert made.shape == (3, 8_000)
    assert (np.abs(made).max(1) > 300).all()


def test_a_file_of_another_size_is_made_anew(tmp_path: Path) -> None:
    render_clips(tmp_path / "clips.npy", 2, 0.5, seed=1)

    assert render_clips(tmp_path / "clips.npy", 3, 0.25, seed=1).shape == (3, 4_000)


def test_a_killed_run_leaves_no_half_filled_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset, "render", fail)
    with pytest.raises(KeyboardInterrupt):
        render_clips(tmp_path / "clips.npy", 2, 0.5, seed=1)

    assert not (tmp_path / "clips.npy").exists()


def test_the_same_seed_draws_the_same_sounds() -> None:
    assert random_sounds(20, 4) == random_sounds(20, 4) != random_sounds(20, 5)

"""Training runs: how they are broken off, and what they must have reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from demo_models.training import Checkpoint


class Stopped(Exception):
    """Stands for the power cut in the middle of a training run."""


def stop_after_first_checkpoint(stage: Callable[[], Any]) -> None:
    """Run ``stage`` until it has written a checkpoint."""
    save = Checkpoint.save

    def save_and_stop(self: Checkpoint, state: dict[str, Any]) -> None:
        save(self, state)
        raise Stopped

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Checkpoint, "save", save_and_stop)
        with pytest.raises(Stopped):
            stage()


def assert_losses_fell(checkpoint: Path, share: float) -> None:
    """The last quarter of a run's losses is below ``share`` (0-1) of the first."""
    state = Checkpoint(checkpoint).load()
    assert state is not None
    losses = state["losses"]
    quarter = len(losses) // 4
    assert sum(losses[-quarter:]) < share * sum(losses[:quarter])


def assert_same_weights(first: torch.nn.Module, second: torch.nn.Module) -> None:
    """Both hold the same numbers under the same names."""
    other = second.state_dict()
    for name, value in first.state_dict().items():
        torch.testing.assert_close(value, other[name], msg=name)

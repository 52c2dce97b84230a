"""What every training stage shares: device, precision, learning rate, averaged weights, checkpoints."""

from __future__ import annotations

import contextlib
import math
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn


def best_device() -> torch.device:
    """CUDA when present, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed_precision(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """Autocast to bfloat16: the same exponent range as float32, so that no loss scaling is needed."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


def cosine_rate(step: int, total: int, warmup: int = 100) -> float:
    """Share of the peak learning rate at ``step``: a linear warm-up, then a half cosine down to 2 %."""
    warmup = min(warmup, max(1, total // 10))
    if step < warmup:
        return (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, total - warmup))
    return 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * progress))


def trapezoid_rate(step: int, total: int, warmup: int = 200, decay: float = 0.4) -> float:
    """Share of the peak learning rate: warm-up, plateau, and a linear fall to zero over the last ``decay``.

    As good as a cosine, and a run can be made longer or shorter while it is on its plateau: Hägele et
    al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations" (2024).
    """
    rise = (step + 1) / min(warmup, max(1, total // 10))
    fall = (total - step) / max(1.0, decay * total)
    return min(1.0, rise, fall)


def rank_and_size() -> tuple[int, int]:
    """This process's number and how many train together: (0, 1) unless started by ``torchrun``."""
    if not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def average_gradients(parameters: list[nn.Parameter]) -> None:
    """Replace each gradient by its mean over the processes that train together.

    One process a core with half the batch each beats one process with two threads, which wait for
    each other in every operator rather than once a step.
    """
    if rank_and_size()[1] == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    torch.distributed.all_reduce(flat)
    flat /= rank_and_size()[1]
    parts = flat.split([gradient.numel() for gradient in gradients])
    torch._foreach_copy_(gradients, [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)])


class AveragedWeights:
    """Exponential moving average of a module's parameters; the average is what gets shipped."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards ``module``; a lower decay early on lets it forget the noise it began as."""
        decay = min(self.decay, (1 + step) / (10 + step))
        values = [value.detach() for value in module.state_dict().values()]
        torch._foreach_lerp_(list(self.shadow.values()), values, 1.0 - decay)


class Checkpoint:
    """One stage's progress on disk: a dictionary that a resumed run loads and goes on from."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, Any] | None:
        """The saved dictionary on the CPU, or None where nothing was saved yet."""
        if not self.path.exists():
            return None
        state: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the file in one step, so that a killed run leaves the old checkpoint whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.path)


class Progress:
    """Running mean of the losses, printed now and then; keeps count of the seconds spent over all runs."""

    def __init__(self, stage: str, total: int, *, every: int = 20, seconds: float = 0.0) -> None:
        self.stage, self.total, self.every = stage, total, every
        self.losses: list[float] = []
        self._earlier = seconds
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Training seconds so far, those before a resume included."""
        return self._earlier + time.monotonic() - self._started

    def report(self, step: int, loss: float) -> None:
        """Note ``loss`` of ``step`` (counted from 0)."""
        self.losses.append(loss)
        if (step + 1) % self.every == 0 or step + 1 == self.total:
            recent = self.losses[-self.every :]
            mean = sum(recent) / len(recent)
            print(f"{self.stage} {step + 1}/{self.total} loss {mean:.5f} after {self.seconds:.0f} s", flush=True)

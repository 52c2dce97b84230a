"""How large the T5 is and how long it trains: one profile to ship, one to try the code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Sizes of the model, and its training. ``merges`` 0 makes a tokenizer of single letters."""

    seed: int = 20_261_121
    merges: int = 1_700
    width: int = 192
    layers: int = 3
    heads: int = 6
    head_width: int = 32
    feed_forward: int = 768
    batch: int = 64
    # As a share of each parameter's size: see ``train.scaled_groups``.
    learning_rate: float = 0.02
    steps: int = 6_500
    # Lists of invented words alone until the first, short examples until the second: copying is learnt on them.
    list_steps: int = 600
    short_steps: int = 1_500
    ema_decay: float = 0.998
    save_every: int = 250
    # Optimiser steps between two measurements of F1, and on how many examples.
    measure_every: int = 500
    measured: int = 64


FULL = Profile()
QUICK = Profile(
    merges=60,
    width=32,
    layers=2,
    heads=2,
    head_width=16,
    feed_forward=48,
    batch=8,
    steps=40,
    list_steps=5,
    short_steps=10,
    ema_decay=0.9,
    save_every=10,
    measure_every=20,
    measured=4,
)

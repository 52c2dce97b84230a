"""How large the model is and how long it trains: one profile to ship, one to try the code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Sizes, data and steps.

    ``layers`` and ``width`` are those of CLIP's modified ResNet (blocks of its four stages, channels after the stem);
    ``embedding`` is what pictures and texts share; the last four steps in ten lower the learning rate to zero.
    """

    seed: int = 20_261_121
    # The picture's tower sees crops of `image_size` out of pictures drawn at `drawn_size`, both in pixels.
    image_size: int = 96
    drawn_size: int = 112
    layers: tuple[int, int, int, int] = (2, 2, 2, 2)
    width: int = 16
    embedding: int = 128
    text_width: int = 128
    text_layers: int = 2
    text_heads: int = 4
    vocabulary: int = 2_400
    context_length: int = 48
    corpus: int = 8_000  # captions from which the tokenizer learns its merges
    pictures: int = 32_000
    figures: float = 0.25  # share of pictures that are surely plain shapes, besides those that come by chance
    batch: int = 64
    labels: int = 96  # of the bank, worded, in each step
    captions: int = 24  # of the batch's pictures, in each step
    strange: int = 24  # labels of what is never drawn, in each step
    steps: int = 5_400
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.998
    calibration_pictures: int = 1_500
    # Optimiser steps between two checkpoints.
    save_every: int = 200


FULL = Profile()
QUICK = Profile(
    image_size=64,
    drawn_size=72,
    layers=(1, 1, 1, 1),
    width=8,
    embedding=32,
    text_width=32,
    text_layers=1,
    text_heads=2,
    vocabulary=700,
    corpus=200,
    pictures=64,
    batch=8,
    labels=60,
    captions=4,
    strange=4,
    steps=24,
    learning_rate=3e-3,
    ema_decay=0.9,
    calibration_pictures=24,
    save_every=8,
)

"""How large the music model is and how long it trains: one profile to ship, one to try the code."""

from __future__ import annotations

from dataclasses import dataclass, field

FRAME_RATE = 25  # codec frames a second
CODEBOOKS = 4


@dataclass(frozen=True)
class CodecProfile:
    """EnCodec: 16 kHz sound to 25 frames a second of four codes, and back."""

    filters: int = 24
    ratios: tuple[int, ...] = (10, 8, 8)
    width: int = 48
    codes: int = 512
    clips: int = 480
    clip_seconds: float = 30.0
    batch: int = 16
    crop_seconds: float = 1.0
    matrix_rate: float = 0.02
    learning_rate: float = 1e-3
    # The first steps go without the quantiser: its codebooks then start from latents that mean something.
    continuous_steps: int = 200
    steps: int = 1_800


@dataclass(frozen=True)
class TextProfile:
    """T5 encoder, trained to read out of a description what it states."""

    vocabulary: int = 1_000
    width: int = 128
    layers: int = 3
    heads: int = 4
    batch: int = 128
    learning_rate: float = 1e-3
    steps: int = 1_500


@dataclass(frozen=True)
class LanguageProfile:
    """MusicGen's decoder: predicts the codes."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    clips: int = 2_400
    clip_seconds: float = 30.0
    # Short stretches teach most of it at a third of the price; whole clips then teach the later positions.
    short_seconds: float = 10.0
    short_steps: int = 3_000
    short_batch: int = 16
    steps: int = 4_000
    batch: int = 6
    matrix_rate: float = 0.02
    learning_rate: float = 1e-3
    ema_decay: float = 0.998


@dataclass(frozen=True)
class Profile:
    """All stages together."""

    seed: int = 20_261_121
    codec: CodecProfile = field(default_factory=CodecProfile)
    text: TextProfile = field(default_factory=TextProfile)
    language: LanguageProfile = field(default_factory=LanguageProfile)
    # Optimiser steps between two checkpoints.
    save_every: int = 100


FULL = Profile()
QUICK = Profile(
    codec=CodecProfile(
        filters=4, width=16, codes=16, clips=8, clip_seconds=2.0, batch=4, continuous_steps=6, steps=24,
        learning_rate=3e-3,
    ),
    text=TextProfile(vocabulary=400, width=32, layers=1, heads=2, batch=16, steps=24, learning_rate=3e-3),
    language=LanguageProfile(
        width=48, layers=1, heads=2, clips=8, clip_seconds=2.0, short_seconds=1.0, short_steps=16, short_batch=4,
        steps=24, batch=2, learning_rate=3e-3, ema_decay=0.9,
    ),
    save_every=10,
)  # fmt: skip

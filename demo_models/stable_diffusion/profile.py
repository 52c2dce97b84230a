"""How large the models are and how long they train: one profile to ship, one to try the code."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class VaeProfile:
    """Autoencoder. Downsampling is 2 per width after the first."""

    widths: tuple[int, ...] = (32, 64, 96)
    groups: int = 4
    pictures: int = 12_000
    batch: int = 16
    learning_rate: float = 1e-3
    # The first stage trains both halves on crops, which cost a quarter and teach the same filters. The
    # second polishes the decoder alone, on whole pictures: the latents stay, so that it may run beside
    # the denoiser's training.
    crop: int = 64
    crop_steps: int = 1_450
    decoder_steps: int = 300
    decoder_batch: int = 8


@dataclass(frozen=True)
class TextProfile:
    """CLIP text encoder, pretrained to read the attributes out of a caption."""

    width: int = 128
    layers: int = 3
    heads: int = 4
    vocabulary: int = 1_200
    batch: int = 128
    learning_rate: float = 6e-4
    steps: int = 1_400


@dataclass(frozen=True)
class UnetProfile:
    """Denoiser of the latents."""

    widths: tuple[int, ...] = (64, 64, 128, 192)
    groups: int = 8
    pictures: int = 16_000
    captions_per_figure: int = 48
    captions_per_landscape: int = 256
    batch: int = 32
    learning_rate: float = 6e-4
    # The first steps see half-size pictures, which cost a third and already teach colours and shapes.
    small_steps: int = 1_200
    steps: int = 4_900
    ema_decay: float = 0.998


@dataclass(frozen=True)
class Profile:
    """All stages together."""

    seed: int = 20_261_120
    vae: VaeProfile = field(default_factory=VaeProfile)
    text: TextProfile = field(default_factory=TextProfile)
    unet: UnetProfile = field(default_factory=UnetProfile)
    # Optimiser steps between two checkpoints.
    save_every: int = 100


FULL = Profile()
QUICK = Profile(
    vae=VaeProfile(
        widths=(8, 8, 8),
        groups=2,
        pictures=48,
        batch=16,
        learning_rate=5e-3,
        crop=24,
        crop_steps=24,
        decoder_steps=4,
        decoder_batch=4,
    ),
    text=TextProfile(width=32, layers=1, heads=2, vocabulary=700, batch=16, steps=24),
    unet=UnetProfile(
        widths=(16, 16, 32, 32),
        pictures=48,
        captions_per_figure=1,
        captions_per_landscape=1,
        batch=8,
        small_steps=12,
        steps=24,
        ema_decay=0.9,
    ),
    save_every=5,
)

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
    matrix_rate: float = 0.02
    learning_rate: float = 1e-3
    crop: int = 64
    steps: int = 2_000
    # The last steps see whole pictures instead of crops.
    whole_steps: int = 400


@dataclass(frozen=True)
class TextProfile:
    """CLIP text encoder, pretrained to read the scene out of a caption."""

    width: int = 192
    layers: int = 3
    heads: int = 6
    vocabulary: int = 2_000
    captions: int = 20_000  # from which the tokenizer is made
    batch: int = 96
    learning_rate: float = 6e-4
    steps: int = 1_200


@dataclass(frozen=True)
class UnetProfile:
    """Denoiser of the latents."""

    widths: tuple[int, ...] = (64, 96, 160, 224)
    groups: int = 8
    pictures: int = 20_000
    small_pictures: int = 12_000
    batch: int = 32
    matrix_rate: float = 0.01
    learning_rate: float = 5e-4
    # The first steps see half-size pictures, which cost a third and already teach colours and places.
    small_steps: int = 2_000
    steps: int = 13_000
    ema_decay: float = 0.999


@dataclass(frozen=True)
class Profile:
    """All stages together."""

    seed: int = 20_261_121
    vae: VaeProfile = field(default_factory=VaeProfile)
    text: TextProfile = field(default_factory=TextProfile)
    unet: UnetProfile = field(default_factory=UnetProfile)
    # Optimiser steps between two checkpoints.
    save_every: int = 100


FULL = Profile()
QUICK = Profile(
    vae=VaeProfile(
        widths=(8, 8, 8), groups=2, pictures=48, batch=16, learning_rate=5e-3, crop=24, steps=24, whole_steps=4
    ),
    text=TextProfile(width=32, layers=1, heads=2, vocabulary=700, captions=600, batch=16, steps=24),
    unet=UnetProfile(
        widths=(16, 16, 32, 32), pictures=48, small_pictures=48, batch=8, small_steps=12, steps=24, ema_decay=0.9
    ),
    save_every=5,
)

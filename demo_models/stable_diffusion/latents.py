"""What the denoiser trains on, computed once: latents of many pictures, and what each of them shows.

The autoencoder's encoder is frozen by then, so nothing is lost by asking it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from demo_models.scenes.dataset import draw_scenes, read_scenes, write_scenes
from demo_models.scenes.vocabulary import Scene
from demo_models.stable_diffusion.components import AutoencoderKL
from demo_models.stable_diffusion.train_vae import to_tensor
from demo_models.training import best_device, mixed_precision

_CHUNK = 500
Half = npt.NDArray[np.float16]


@dataclass(frozen=True)
class LatentSet:
    """Latents (n, 4, side, side) float16 of unit deviation, and the scene that each shows."""

    latents: Half
    scenes: list[Scene]


def read_latents(folder: Path, size: int) -> LatentSet:
    """What :func:`encode_scenes` stored for pictures of ``size`` pixels a side."""
    latents: Half = np.load(folder / f"latents-{size}.npy", mmap_mode="r")
    return LatentSet(latents, read_scenes(folder / f"scenes-{size}.json"))


@torch.no_grad()
def encode_scenes(vae: AutoencoderKL, folder: Path, count: int, size: int, seed: int) -> None:
    """Store the latents of ``count`` fresh pictures of ``size`` pixels a side, unless they are there."""
    listing = folder / f"scenes-{size}.json"
    if listing.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    device = best_device()
    vae = vae.eval().to(device, memory_format=torch.channels_last)
    shape = (count, vae.config.latent_channels, size // 4, size // 4)
    stored = np.lib.format.open_memmap(folder / f"latents-{size}.npy", mode="w+", dtype=np.float16, shape=shape)
    scenes: list[Scene] = []
    for start in range(0, count, _CHUNK):
        pictures, drawn = draw_scenes(min(_CHUNK, count - start), seed + start, size)
        for offset in range(0, len(pictures), 20):
            batch = to_tensor(pictures[offset : offset + 20]).to(device)
            with mixed_precision(device):
                mean = vae.encode(batch).latent_dist.mean
            stored[start + offset : start + offset + len(batch)] = mean.float().cpu().numpy()
        scenes.extend(drawn)
    stored.flush()
    write_scenes(listing, scenes)  # last, because it stands for "done"
    deviation = np.std(stored[:512].astype(np.float32))
    print(f"{count} pictures of {size} px encoded, deviation {deviation:.3f}", flush=True)

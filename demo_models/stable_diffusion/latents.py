"""What the denoiser trains on, computed once: latents of many pictures, and text states of many captions.

The autoencoder's encoder and the text encoder are frozen by then, so nothing is lost by asking them once.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from demo_models.scenes.captions import caption
from demo_models.stable_diffusion.components import AutoencoderKL
from demo_models.scenes.dataset import draw_scenes, read_scenes, write_scenes
from demo_models.stable_diffusion.profile import UnetProfile
from demo_models.stable_diffusion.train_text_encoder import tokenize
from demo_models.stable_diffusion.train_vae import to_tensor
from demo_models.training import best_device, mixed_precision
from demo_models.scenes.vocabulary import Figure, Scene, all_figures, all_landscapes

_CHUNK = 500
Half = npt.NDArray[np.float16]


@dataclass(frozen=True)
class LatentSet:
    """Latents (n, 4, side, side) float16 of unit deviation, and the scene that each shows."""

    latents: Half
    scenes: list[Scene]


@dataclass(frozen=True)
class CaptionSet:
    """Text states (n, 77, width) float16; ``rows`` lists each scene's captions; ``empty`` is the empty prompt's."""

    states: Half
    rows: dict[Scene, range]
    empty: Tensor


def read_latents(folder: Path, size: int) -> LatentSet:
    """What :func:`encode_scenes` stored for pictures of ``size`` pixels a side."""
    return LatentSet(
        np.load(folder / f"latents-{size}.npy", mmap_mode="r"), read_scenes(folder / f"scenes-{size}.json")
    )


def read_captions(folder: Path) -> CaptionSet:
    """What :func:`encode_captions` stored."""
    states: Half = np.load(folder / "captions.npy", mmap_mode="r")
    counts = json.loads((folder / "captions.json").read_text())
    rows, start = {}, 1
    for scene, count in zip(_every_scene(), counts, strict=True):
        rows[scene] = range(start, start + count)
        start += count
    return CaptionSet(states, rows, torch.from_numpy(states[0].astype(np.float32)))


@torch.no_grad()
def encode_scenes(vae: AutoencoderKL, folder: Path, count: int, size: int, seed: int) -> None:
    """Store the latents of ``count`` fresh pictures of ``size`` pixels a side, unless they are there."""
    listing = folder / f"scenes-{size}.json"
    if listing.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    device = best_device()
    vae = vae.eval().to(device)
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
    print(
        f"{count} pictures of {size} px encoded, deviation {np.std(stored[:512].astype(np.float32)):.3f}",
        flush=True,
    )


@torch.no_grad()
def encode_captions(
    text_encoder: CLIPTextModel, tokenizer: CLIPTokenizer, profile: UnetProfile, folder: Path, seed: int
) -> None:
    """Store the text states of the empty prompt and of several captions for each scene there is."""
    listing = folder / "captions.json"
    if listing.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    texts, counts = [""], []
    for scene in _every_scene():
        counts.append(profile.captions_per_figure if isinstance(scene, Figure) else profile.captions_per_landscape)
        texts.extend(caption(scene, rng).text for _ in range(counts[-1]))
    states = [
        text_encoder(tokenize(tokenizer, texts[start : start + 64])).last_hidden_state.half().numpy()
        for start in range(0, len(texts), 64)
    ]
    np.save(folder / "captions.npy", np.concatenate(states))
    listing.write_text(json.dumps(counts))


def _every_scene() -> list[Scene]:
    return [*all_figures(), *all_landscapes()]

"""The denoiser: learns to predict the velocity of noised latents, given the caption.

Velocity: Salimans & Ho, "Progressive Distillation for Fast Sampling of Diffusion Models" (2022). Dropped
captions for classifier-free guidance: Ho & Salimans (2022). Loss weights: Hang et al., "Efficient Diffusion
Training via Min-SNR Weighting Strategy" (2023).
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from demo_models.optimiser import Optimiser
from demo_models.scenes.captions import caption
from demo_models.scenes.compose import NATIVE_SIZE
from demo_models.stable_diffusion.components import AutoencoderKL, UNet2DConditionModel
from demo_models.stable_diffusion.latents import LatentSet, encode_scenes, read_latents
from demo_models.stable_diffusion.pipeline import build_scheduler, build_unet
from demo_models.stable_diffusion.profile import FULL, QUICK, Profile
from demo_models.stable_diffusion.tokenizer import load_tokenizer
from demo_models.stable_diffusion.train_text_encoder import tokenize, train_text_encoder
from demo_models.training import (
    AveragedWeights,
    Checkpoint,
    Progress,
    average_gradients,
    best_device,
    mixed_precision,
    rank_and_size,
    trapezoid_rate,
)

DATA = "unet-data"
CAPTION_DROPOUT = 0.1
MAX_WEIGHT = 5.0
# Of the steps: long enough to settle, short enough that a run can be lengthened while it is on its plateau.
DECAY_SHARE = 0.45
TURNS = 4  # see Optimiser: its directions cost a third of a step


@dataclass(frozen=True)
class UnetData:
    """Half-size and full-size latents, and what reads captions of them."""

    small: LatentSet
    full: LatentSet
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer


def prepare(profile: Profile, vae: AutoencoderKL, work: Path) -> None:
    """Compute and store what training reads. Done apart, because it must not run in several processes at once."""
    folder = work / DATA
    encode_scenes(vae, folder, profile.unet.small_pictures, NATIVE_SIZE // 2, profile.seed + 2)
    encode_scenes(vae, folder, profile.unet.pictures, NATIVE_SIZE, profile.seed + 3)


def train_unet(
    profile: Profile, text_encoder: CLIPTextModel, tokenizer: CLIPTokenizer, work: Path
) -> UNet2DConditionModel:
    """Train (or resume, or just load) the denoiser; returned with its averaged weights, on the CPU."""
    settings, folder = profile.unet, work / DATA
    torch.manual_seed(profile.seed)
    unet = build_unet(settings, profile.text.width)
    checkpoint = Checkpoint(work / "unet.pt")
    state = checkpoint.load()
    if state is None or state["step"] < settings.steps:
        small, full = (read_latents(folder, size) for size in (NATIVE_SIZE // 2, NATIVE_SIZE))
        average = _train(unet, profile, UnetData(small, full, text_encoder, tokenizer), checkpoint, state).shadow
    else:
        average = state["average"]
    unet.to("cpu").load_state_dict(average)
    return unet.eval().requires_grad_(False)


def _train(
    unet: UNet2DConditionModel,
    profile: Profile,
    data: UnetData,
    checkpoint: Checkpoint,
    state: dict[str, Any] | None,
) -> AveragedWeights:
    settings, device = profile.unet, best_device()
    unet.to(device, memory_format=torch.channels_last).train()
    if device.type == "cpu":
        unet.set_attn_processor(AttnProcessor())  # plain matrix products: fused attention's backward is slow there
    optimiser = Optimiser(unet, matrix_rate=settings.matrix_rate, rate=settings.learning_rate, every=TURNS)
    average = AveragedWeights(unet, settings.ema_decay)
    first, seconds = 0, 0.0
    if state is not None:
        unet.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.shadow = {name: value.to(device) for name, value in state["average"].items()}
        first, seconds = state["step"], state["seconds"]
    rank, size = rank_and_size()
    progress = Progress("unet", settings.steps, seconds=seconds)
    for step in range(first, settings.steps):
        rng = np.random.default_rng((profile.seed, step, rank))
        pictures = data.small if step < settings.small_steps else data.full
        latents, states = _batch(pictures, data, settings.batch // size, rng)
        loss = denoising_loss(
            unet, latents.to(device), states.to(device), torch.Generator().manual_seed(step * size + rank)
        )
        loss.backward()
        average_gradients(optimiser.parameters)
        optimiser.step(trapezoid_rate(step, settings.steps, decay=DECAY_SHARE))
        average.update(unet, step)
        if rank:
            continue  # the first process alone reports and saves
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {
                "model": unet.state_dict(),
                "optimiser": optimiser.state_dict(),
                "average": average.shadow,
            }
            checkpoint.save({**saved, "step": step + 1, "seconds": progress.seconds, "losses": progress.losses})
    return average


def _batch(pictures: LatentSet, data: UnetData, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Latents (size, 4, side, side) and states (size, 77, width) of fresh captions, some of them empty; float32."""
    chosen = np.sort(rng.choice(len(pictures.scenes), size, replace=False))
    latents = torch.from_numpy(pictures.latents[chosen].astype(np.float32))
    wording = random.Random(int(rng.integers(2**32)))
    texts = [
        "" if wording.random() < CAPTION_DROPOUT else caption(pictures.scenes[index], wording).text for index in chosen
    ]
    with torch.no_grad(), mixed_precision(torch.device("cpu")):
        states = data.text_encoder(tokenize(data.tokenizer, texts)).last_hidden_state.float()
    return latents.contiguous(memory_format=torch.channels_last), states


def denoising_loss(unet: UNet2DConditionModel, latents: Tensor, states: Tensor, generator: torch.Generator) -> Tensor:
    """Weighted squared error of the velocity, at a timestep of its own for each row.

    Timesteps are stratified over the batch, which lowers the variance. The weight in terms of the
    clean picture's error is min(SNR + 1, 5): unlike min(SNR, 5) it does not vanish at the last,
    pure-noise timestep, where the colours of the whole picture are decided.
    """
    scheduler = build_scheduler()
    count, device = len(latents), latents.device
    place = (torch.arange(count) + torch.rand(count, generator=generator)) / count
    order = torch.randperm(count, generator=generator)
    timesteps = (place[order] * scheduler.config.num_train_timesteps).long().to(device)
    noise = torch.randn(latents.shape, generator=generator).to(device)
    noised = scheduler.add_noise(latents, noise, timesteps)
    velocity = scheduler.get_velocity(latents, noise, timesteps)
    with mixed_precision(device):
        predicted = unet(noised, timesteps, states).sample
    signal = scheduler.alphas_cumprod.to(device)[timesteps]
    # The signal share is SNR / (SNR + 1), so 1 / (1 - signal) is SNR + 1.
    weight = ((1 - signal) * MAX_WEIGHT).clamp(max=1.0)
    loss: Tensor = ((predicted.float() - velocity).square().mean((1, 2, 3)) * weight).mean()
    return loss


def main() -> None:
    """One of several processes that train together on a machine without a GPU; ``build`` starts them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")
    profile = QUICK if arguments.quick else FULL
    tokenizer = load_tokenizer(profile, arguments.work)
    train_unet(profile, train_text_encoder(profile, tokenizer, arguments.work), tokenizer, arguments.work)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()

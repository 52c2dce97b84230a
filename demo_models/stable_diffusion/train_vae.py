"""The autoencoder: 128 x 128 pictures to 32 x 32 x 4 latents and back.

After Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022), with two
changes for flat pictures. Group normalisation over a flat region removes the very thing that tells one
flat colour from another, so few groups are used and no attention in the middle; and the loss has a
low-pass colour term in place of a perceptual one, for which no pretrained network is at hand.

Averaged latents must decode to the averaged picture. That keeps noise out of the latents' high frequencies,
and the denoiser learns several times faster: Kouzelis et al., "EQ-VAE: Equivariance Regularized Latent Space
for Improved Generative Image Modeling" (2025).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from demo_models.optimiser import Optimiser, silence_residuals
from demo_models.scenes.canvas import Pixels
from demo_models.scenes.dataset import draw_scenes, vae_pictures
from demo_models.scenes.vocabulary import COLOURS
from demo_models.stable_diffusion.components import AutoencoderKL
from demo_models.stable_diffusion.profile import Profile, VaeProfile
from demo_models.training import Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate

KL_WEIGHT = 1e-6
INITIAL_LOG_VARIANCE = -6.0
LATENT_CHANNELS = 4
# Steps in which latents of half the size must decode to the picture of half the size.
HALVED_SHARE = 0.25


def build_vae(profile: VaeProfile) -> AutoencoderKL:
    """An untrained autoencoder whose posterior starts out nearly deterministic."""
    levels = len(profile.widths)
    vae = AutoencoderKL(
        block_out_channels=profile.widths,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=profile.groups,
        mid_block_add_attention=False,
        sample_size=128,
        scaling_factor=1.0,
    )
    silence_residuals(vae)
    with torch.no_grad():
        vae.quant_conv.weight[LATENT_CHANNELS:] *= 0.1
        vae.quant_conv.bias[LATENT_CHANNELS:] = INITIAL_LOG_VARIANCE
    return cast(AutoencoderKL, vae)


def to_tensor(pictures: Pixels) -> Tensor:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def reconstruction_loss(output: Tensor, target: Tensor) -> Tensor:
    """Squared and absolute error, error of the gradients (edges), error of 8 x 8 means (colour of areas)."""
    error = output - target
    across, down = error.diff(dim=-1), error.diff(dim=-2)
    colour = F.avg_pool2d(error, 8)
    edges = across.abs().mean() + down.abs().mean()
    return error.square().mean() + error.abs().mean() + 0.5 * edges + 2.0 * colour.abs().mean()


def train_vae(profile: Profile, work: Path) -> AutoencoderKL:
    """Train (or resume, or just load) the autoencoder; its latents have zero mean and unit deviation. On the CPU."""
    settings, device = profile.vae, best_device()
    torch.manual_seed(profile.seed)
    checkpoint = Checkpoint(work / "vae.pt")
    vae = build_vae(settings).to(device)
    state = checkpoint.load()
    if state is not None:
        vae.load_state_dict(state["model"])
    if state is None or state["step"] < settings.steps:
        _train(vae, profile, vae_pictures(work, settings.pictures, profile.seed), checkpoint, state)
    vae.eval().requires_grad_(False)
    normalise_latents(vae, to_tensor(draw_scenes(min(256, settings.pictures), profile.seed + 1)[0]).to(device))
    return vae.to("cpu")


def _train(
    vae: AutoencoderKL,
    profile: Profile,
    pictures: Pixels,
    checkpoint: Checkpoint,
    state: dict[str, Any] | None,
) -> None:
    settings = profile.vae
    device = vae.device
    vae.to(memory_format=torch.channels_last).train()
    optimiser = Optimiser(vae, matrix_rate=settings.matrix_rate, rate=settings.learning_rate)
    first, seconds = 0, 0.0
    if state is not None:
        optimiser.load_state_dict(state["optimiser"])
        first, seconds = state["step"], state["seconds"]
    progress = Progress("vae", settings.steps, seconds=seconds)
    for step in range(first, settings.steps):
        # Seeded by the step, so that a resumed run sees the batches an unbroken one would have seen.
        rng = np.random.default_rng((profile.seed, step))
        batch = _batch(pictures, settings, step >= settings.steps - settings.whole_steps, rng).to(device)
        with mixed_precision(device):
            posterior = vae.encode(batch).latent_dist
            latents, target = posterior.sample(torch.Generator().manual_seed(step)), batch
            if rng.random() < HALVED_SHARE:
                latents, target = F.avg_pool2d(latents, 2), F.avg_pool2d(batch, 2)
            output = vae.decode(latents).sample
        loss = reconstruction_loss(output.float(), target) + KL_WEIGHT * posterior.kl().mean()
        loss.backward()
        optimiser.step(trapezoid_rate(step, settings.steps, warmup=50))
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {"model": vae.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoint.save({**saved, "step": step + 1, "seconds": progress.seconds, "losses": progress.losses})


def _batch(pictures: Pixels, settings: VaeProfile, whole: bool, rng: np.random.Generator) -> Tensor:
    """Pictures for one step, (n, 3, side, side) in -1..1: ``batch`` crops, or as many pixels in whole pictures.

    A crop of half the side costs a quarter and teaches the same filters; whole pictures come last, because
    group normalisation takes its statistics over all that it sees.
    """
    count = max(1, settings.batch // 4) if whole else settings.batch
    chosen = pictures[np.sort(rng.choice(len(pictures), count, replace=False))]
    if not whole:
        x, y = (int(start) for start in rng.integers(0, chosen.shape[1] - settings.crop + 1, size=2))
        chosen = chosen[:, y : y + settings.crop, x : x + settings.crop]
    return to_tensor(chosen).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def normalise_latents(vae: AutoencoderKL, pictures: Tensor) -> None:
    """Fold each latent channel's mean and deviation over ``pictures`` into the 1 x 1 convolutions.

    Diffusion wants latents of zero mean and unit deviation. The pipeline's ``scaling_factor`` is one
    number for all channels; folding an affine map per channel into the weights does it exactly.
    """
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(16)])
    mean, deviation = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    moments, back = vae.quant_conv, vae.post_quant_conv
    channels = len(mean)
    moments.weight[:channels] /= deviation[:, None, None, None]
    moments.bias[:channels] = (moments.bias[:channels] - mean) / deviation
    moments.bias[channels:] -= 2 * deviation.log()
    back.bias += (back.weight[:, :, 0, 0] * mean).sum(1)
    back.weight *= deviation[None, :, None, None]


@torch.no_grad()
def measure_vae(vae: AutoencoderKL, pictures: Pixels) -> dict[str, float]:
    """Peak signal-to-noise ratio (dB) over ``pictures``, and the largest error of a flat palette colour (of 255)."""
    vae = vae.eval().to(torch.float32)
    errors = []
    for part in to_tensor(pictures).split(16):
        output = vae.decode(vae.encode(part).latent_dist.mean).sample.clamp(-1, 1)
        errors.append((output - part).square().mean((1, 2, 3)))
    decibels = 10 * math.log10(4.0 / torch.cat(errors).mean().item())
    flat = torch.tensor(list(COLOURS.values())).float()[:, :, None, None].expand(-1, -1, 128, 128) / 127.5 - 1.0
    output = vae.decode(vae.encode(flat).latent_dist.mean).sample.clamp(-1, 1)
    worst = ((output - flat).mean((2, 3)).abs() * 127.5).max().item()
    return {"psnr_db": round(decibels, 2), "flat_colour_error": round(worst, 2)}

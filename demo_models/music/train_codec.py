"""The codec: learns to press sound into 25 frames a second of four codes, and to make it sound alike again.

After Défossez et al., "High Fidelity Neural Audio Compression" (2022).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from demo_models.music.codec import build_codec
from demo_models.music.components import EncodecModel
from demo_models.music.profile import CodecProfile, Profile
from demo_models.music.quantiser import quantise, start_codebooks
from demo_models.music.spectral import spectral_loss, waveform_loss
from demo_models.optimiser import Optimiser
from demo_models.sounds.dataset import render_clips
from demo_models.sounds.synthesis import seconds_to_samples
from demo_models.training import Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate

COMMITMENT = 0.25
WAVEFORM = 0.1
_LEAST_CHANNELS = 32
Clips = npt.NDArray[np.int16]


def train_codec(profile: Profile, work: Path) -> EncodecModel:
    """Train (or resume, or just load) the codec; returned on the CPU, ready to use."""
    torch.manual_seed(profile.seed)
    codec = build_codec(profile.codec)
    checkpoint = Checkpoint(work / "codec.pt")
    state = checkpoint.load()
    if state is not None:
        codec.load_state_dict(state["model"])
    if state is None or state["step"] < profile.codec.steps:
        settings = profile.codec
        clips = render_clips(work / "clips.npy", settings.clips, settings.clip_seconds, profile.seed)
        _train(codec, profile, clips, checkpoint, state)
    codec.to("cpu").eval().requires_grad_(False)
    return codec


def _train(
    codec: EncodecModel, profile: Profile, clips: Clips, checkpoint: Checkpoint, state: dict[str, Any] | None
) -> None:
    settings, device = profile.codec, best_device()
    codec.to(device).train()
    optimiser = Optimiser(codec, matrix_rate=settings.matrix_rate, rate=settings.learning_rate)
    first, seconds = 0, 0.0
    if state is not None:
        optimiser.load_state_dict(state["optimiser"])
        first, seconds = state["step"], state["seconds"]
    progress = Progress("codec", settings.steps, seconds=seconds)
    for step in range(first, settings.steps):
        torch.manual_seed(profile.seed + step)
        if step == settings.continuous_steps:
            start_codebooks(codec.quantizer, _latents(codec, clips, settings, profile.seed))
        waves = crops(clips, settings, np.random.default_rng((profile.seed, step))).to(device)
        loss = codec_loss(codec, waves, continuous=step < settings.continuous_steps)
        loss.backward()
        optimiser.step(trapezoid_rate(step, settings.steps, warmup=60))
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {"model": codec.state_dict(), "optimiser": optimiser.state_dict(), "losses": progress.losses}
            checkpoint.save({**saved, "step": step + 1, "seconds": progress.seconds})


def crops(clips: Clips, settings: CodecProfile, rng: np.random.Generator) -> Tensor:
    """Random stretches of random clips, (batch, samples) float32 in ±1."""
    length = seconds_to_samples(settings.crop_seconds)
    rows = np.sort(rng.choice(len(clips), settings.batch, replace=False))
    starts = rng.integers(0, clips.shape[1] - length + 1, settings.batch)
    chosen = np.stack([clips[row, start : start + length] for row, start in zip(rows, starts, strict=True)])
    return torch.from_numpy(chosen.astype(np.float32) / 32767)


def codec_loss(codec: EncodecModel, waves: Tensor, *, continuous: bool = False) -> Tensor:
    """Spectral, waveform and commitment loss of (n, samples); ``continuous`` leaves the quantiser out."""
    latents = run_mixed(codec.encoder.layers, waves[:, None]).float()
    commitment = latents.new_zeros(())
    if not continuous:
        latents, commitment = quantise(codec.quantizer, latents, update=True)
    output = run_mixed(codec.decoder.layers, latents)[:, 0].float()
    loss: Tensor = spectral_loss(output, waves) + WAVEFORM * waveform_loss(output, waves) + COMMITMENT * commitment
    return loss


def run_mixed(layers: Iterable[Any], hidden: Tensor) -> Tensor:
    """Pass ``hidden`` (n, channels, samples) through the codec's ``layers`` in mixed precision, as far as it is right.

    In bfloat16 on CPUs with AMX, torch 2.14 computes a strided convolution of less than 32 channels wrongly:
    forward (relative error 1) or, transposed, for the gradient of its input. Those stay in float32.
    """
    for layer in layers:
        if _is_wrong_in_half(getattr(layer, "conv", None)):
            hidden = layer(hidden.float())
        else:
            with mixed_precision(hidden.device):
                hidden = layer(hidden)
    return hidden


def _is_wrong_in_half(part: Any) -> bool:
    convolution = isinstance(part, nn.Conv1d | nn.ConvTranspose1d)
    return convolution and part.stride[0] > 1 and min(part.in_channels, part.out_channels) < _LEAST_CHANNELS


@torch.no_grad()
def _latents(codec: EncodecModel, clips: Clips, settings: CodecProfile, seed: int) -> Tensor:
    """Latents of twenty batches, (n, width): what the codebooks start from."""
    device = next(codec.parameters()).device
    parts = []
    for index in range(20):
        waves = crops(clips, settings, np.random.default_rng((seed, 1_000_000 + index))).to(device)
        parts.append(codec.encoder(waves[:, None]).transpose(1, 2).reshape(-1, settings.width))
    return torch.cat(parts)

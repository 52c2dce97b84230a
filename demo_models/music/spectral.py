"""Losses and distances between sounds in their spectra.

Several window lengths at once: Yamamoto et al., "Parallel WaveGAN" (2020). Mel bands: Kumar et al.,
"High-Fidelity Audio Compression with Improved RVQGAN" (2023).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from demo_models.sounds.synthesis import SAMPLE_RATE

WINDOWS = (256, 512, 1024, 2048)
_FLOOR = 1e-4


def magnitudes(waves: Tensor, window: int) -> Tensor:
    """Magnitude spectra of (n, samples), (n, window / 2 + 1, frames), for a full-scale sine about 0.5."""
    shape = torch.hann_window(window, device=waves.device)
    spectrum = torch.stft(waves, window, window // 2, window=shape, return_complex=True)
    return torch.view_as_real(spectrum).square().sum(-1).clamp(min=1e-10).sqrt() * (2.0 / window)


@lru_cache
def mel_bands(window: int) -> Tensor:
    """Triangular mel filters (bands, window / 2 + 1), each summing to 1; a third as many as fit a band a bin."""
    count = {256: 24, 512: 40, 1024: 64, 2048: 96}[window]
    top = _to_mel(torch.tensor(SAMPLE_RATE / 2))
    edges = _to_hertz(torch.linspace(0, 1, count + 2) * top)
    frequency = torch.linspace(0, SAMPLE_RATE / 2, window // 2 + 1)
    # A filter narrower than a bin would be empty.
    width = torch.maximum(edges.diff(), torch.tensor(SAMPLE_RATE / window))
    rise = (frequency - edges[1:-1, None]) / width[:-1, None] + 1
    fall = (edges[1:-1, None] - frequency) / width[1:, None] + 1
    filters = torch.minimum(rise, fall).clamp(min=0)
    return filters / filters.sum(1, keepdim=True)


def _to_mel(hertz: Tensor) -> Tensor:
    return 2595 * torch.log10(1 + hertz / 700)


def _to_hertz(mel: Tensor) -> Tensor:
    return 700 * (10 ** (mel / 2595) - 1)


def spectral_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean over the windows of the log-mel error (nepers) and the relative error of magnitudes; (n, samples) each.

    The relative error is taken row by row, so that quiet sounds count nearly as much as loud ones; a
    share of the batch's mean keeps a silent row from outweighing all others.
    """
    total = output.new_zeros(())
    for window in WINDOWS:
        filters = mel_bands(window).to(output.device)
        made, true = magnitudes(output, window), magnitudes(target, window)
        mel = ((filters @ made + _FLOOR).log() - (filters @ true + _FLOOR).log()).abs().mean()
        relative = ((made - true).abs().mean((1, 2)) / _scale(true.mean((1, 2)))).mean()
        total = total + mel + 0.5 * relative
    return total / len(WINDOWS)


def waveform_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error relative to each row's mean absolute value (see above)."""
    return ((output - target).abs().mean(1) / _scale(target.abs().mean(1))).mean()


def _scale(means: Tensor) -> Tensor:
    return means + 0.3 * means.mean() + _FLOOR


@torch.no_grad()
def log_spectral_distance(output: Tensor, target: Tensor, window: int = 1024) -> float:
    """Root mean square difference of mel bands in decibels, down to 60 dB below the target's loudest band."""
    filters = mel_bands(window)
    made, true = (20 * torch.log10(filters @ magnitudes(wave, window) + 1e-9) for wave in (output, target))
    floor = true.amax((1, 2), keepdim=True) - 60
    return float((torch.maximum(made, floor) - torch.maximum(true, floor)).square().mean((1, 2)).sqrt().mean())


def signal_to_noise(output: Tensor, target: Tensor) -> float:
    """Mean signal-to-noise ratio of the waveforms (n, samples) in decibels."""
    noise = (output - target).square().mean(1) + 1e-10
    return float((10 * torch.log10(target.square().mean(1) / noise)).mean())

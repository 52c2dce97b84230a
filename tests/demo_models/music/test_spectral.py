"""Spectral losses and distances in known cases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from demo_models.music.spectral import (
    WINDOWS,
    log_spectral_distance,
    magnitudes,
    mel_bands,
    signal_to_noise,
    spectral_loss,
    waveform_loss,
)
from demo_models.sounds.synthesis import SAMPLE_RATE, noise


def tone(frequency: float, gain: float = 1.0) -> Tensor:
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    return gain * torch.sin(2 * torch.pi * frequency * time)[None]


def hiss(seed: int) -> Tensor:
    return torch.from_numpy(0.1 * noise(SAMPLE_RATE, np.random.default_rng(seed), 30, 8000))[None]


@pytest.mark.parametrize("window", WINDOWS)
def test_a_full_scale_sine_has_magnitude_one_half(window: int) -> None:
    assert magnitudes(tone(1000.0), window).max().item() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("window", WINDOWS)
def test_mel_bands_are_means_and_cover_the_spectrum(window: int) -> None:
    filters = mel_bands(window)

    torch.testing.assert_close(filters.sum(1), torch.ones(len(filters)))
    assert (filters.sum(0)[2:-2] > 0).all()
    assert (filters @ torch.arange(window // 2 + 1.0)).diff().min() > 0


def test_equal_sounds_have_no_loss() -> None:
    wave = hiss(0)

    assert spectral_loss(wave, wave) == 0
    assert waveform_loss(wave, wave) == 0
    assert log_spectral_distance(wave, wave) == 0


def test_noise_is_nearer_to_other_noise_than_to_a_tone_or_silence() -> None:
    near = spectral_loss(hiss(1), hiss(0))

    assert near < 0.5 * spectral_loss(tone(1000.0, 0.1), hiss(0))
    assert near < 0.5 * spectral_loss(torch.zeros(1, SAMPLE_RATE) + 1e-6, hiss(0))


def test_half_the_amplitude_is_six_decibels() -> None:
    assert log_spectral_distance(0.5 * hiss(0), hiss(0)) == pytest.approx(6.02, abs=0.5)
    assert signal_to_noise(0.5 * hiss(0), hiss(0)) == pytest.approx(6.02, abs=0.01)


def test_a_silent_row_does_not_outweigh_the_others() -> None:
    quiet, loud = torch.zeros(1, SAMPLE_RATE), hiss(0)
    target = torch.cat([quiet, loud])

    assert waveform_loss(torch.cat([quiet + 1e-3, loud]), target) < 0.1

"""What can be measured of a sound: brightness, onsets, level. For tests and judges; nothing here is trained."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from demo_models.sounds.synthesis import SAMPLE_RATE, Samples

_WINDOW, _HOP = 512, 160
_BANDS = 24
# An onset is a rise of the mean band level by this many decibels within 30 ms; noise alone stays below it.
_ONSET_RISE = 2.5
_ONSET_GAP = 0.08
_FLOOR_DECIBELS = 45.0
Array = npt.NDArray[np.float64]


def spectrum(wave: Samples) -> Array:
    """Power spectra (frames, 257) at steps of 10 ms under a Hann window of 32 ms."""
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype(np.float64), _WINDOW)[::_HOP]
    power: Array = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW))) ** 2
    return power


def centroid(wave: Samples) -> float:
    """Spectral centroid in Hz: the mean frequency, weighted with power."""
    power = spectrum(wave).mean(0)
    frequency = np.linspace(0, SAMPLE_RATE / 2, len(power))
    return float((frequency * power).sum() / max(power.sum(), 1e-12))


def level_decibels(wave: Samples) -> float:
    """RMS in decibels of full scale."""
    return float(10 * np.log10(np.mean(np.square(wave.astype(np.float64))) + 1e-12))


def band_levels(wave: Samples) -> Array:
    """Levels in decibels (frames, 24) of bands of equal width on the mel scale, down to 45 dB below the loudest."""
    power = spectrum(wave)
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, _BANDS + 1) / 2595) - 1)
    bins = np.clip(np.round(edges / (SAMPLE_RATE / _WINDOW)).astype(int), 0, _WINDOW // 2)
    bins = np.maximum(bins, np.arange(_BANDS + 1))
    sums = np.add.reduceat(power, bins[:-1], axis=1) / np.diff(np.append(bins[:-1], _WINDOW // 2 + 1))
    decibels: Array = 10 * np.log10(sums + 1e-10)
    levels: Array = np.maximum(decibels, decibels.max() - _FLOOR_DECIBELS)
    return levels


def onset_rate(wave: Samples) -> float:
    """Onsets a second: peaks of the spectral flux (Bello et al., "A Tutorial on Onset Detection", 2005)."""
    levels = band_levels(wave)
    rise = np.clip(levels[3:] - levels[:-3], 0, None).mean(1)
    median = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(rise, 15, mode="edge"), 31), axis=1)
    above = rise - median
    peaks = np.flatnonzero((above[1:-1] > _ONSET_RISE) & (above[1:-1] >= above[:-2]) & (above[1:-1] > above[2:])) + 1
    kept: list[int] = []
    for peak in peaks:
        if not kept or peak - kept[-1] >= _ONSET_GAP * SAMPLE_RATE / _HOP:
            kept.append(int(peak))
    return len(kept) * SAMPLE_RATE / max(len(wave), 1)

"""The parts that all sounds are made of: shaped noise, slow curves, decaying partials, placed events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.float32]
Generator = np.random.Generator


def seconds_to_samples(seconds: float) -> int:
    """Number of samples in ``seconds``."""
    return round(seconds * SAMPLE_RATE)


def noise(count: int, rng: Generator, low: float, high: float, slope: float = 0.0) -> Samples:
    """Gaussian noise between ``low`` and ``high`` Hz, float32 (count,), unit RMS.

    ``slope`` is in decibels per octave (-3 is pink, -6 is brown). The spectrum is drawn and
    transformed once, which is cheaper than filtering; the band's edges fall off within a third of an octave.
    """
    bins = count // 2 + 1
    frequency = np.arange(bins, dtype=np.float32) * (SAMPLE_RATE / count)
    octave = np.log2(np.maximum(frequency, 1.0))
    rise = np.clip((octave - np.log2(low)) * 3 + 0.5, 0, 1)
    fall = np.clip((np.log2(high) - octave) * 3 + 0.5, 0, 1)
    gain = (rise * fall * 2.0 ** (octave * slope / 6.02)).astype(np.float32)
    spectrum = (rng.standard_normal(bins, np.float32) + 1j * rng.standard_normal(bins, np.float32)) * gain
    wave: Samples = np.fft.irfft(spectrum, count).astype(np.float32)
    scaled: Samples = wave / np.float32(max(float(np.sqrt(np.mean(np.square(wave)))), 1e-9))
    return scaled


def slow_curve(count: int, rng: Generator, rate: float, low: float, high: float) -> Samples:
    """A smooth random curve between ``low`` and ``high`` with about ``rate`` turns a second, float32 (count,)."""
    knots = rng.uniform(low, high, int(np.ceil(count / SAMPLE_RATE * rate)) + 4).astype(np.float32)
    place = np.arange(count, dtype=np.float32) * (rate / SAMPLE_RATE) + rng.random(dtype=np.float32)
    index = place.astype(np.intp)
    part = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    curve: Samples = (knots[index] * (1 - part) + knots[index + 1] * part).astype(np.float32)
    return curve


def partials(frequency: float, seconds: float, ratios: ArrayLike, gains: ArrayLike, decays: ArrayLike) -> Samples:
    """A struck or plucked tone: a sum of sines of ``ratios`` times ``frequency``, each dying away.

    ``decays`` are in nepers a second. Partials above 7 kHz are left out. The onset takes 4 ms and the
    last 30 ms fade, so that neither clicks.
    """
    count = seconds_to_samples(seconds)
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    wave = np.zeros(count, np.float32)
    table = np.array((ratios, gains, decays), np.float32)
    for ratio, gain, decay in table.T:
        if ratio * frequency < 7000:
            wave += gain * np.sin(np.float32(2 * np.pi * ratio * frequency) * time) * np.exp(-decay * time)
    return fade(wave, 0.004, 0.03)


def fade(wave: Samples, start: float, end: float) -> Samples:
    """``wave`` with raised-cosine ramps of ``start`` and ``end`` seconds, each at most half of it."""
    wave = wave.copy()
    for seconds, part in ((start, slice(None)), (end, slice(None, None, -1))):
        length = min(seconds_to_samples(seconds), len(wave) // 2)
        if length:
            ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(length, dtype=np.float32) / length)
            wave[part][:length] *= ramp
    return wave


def place(track: Samples, start: float, event: Samples, gain: float = 1.0) -> None:
    """Add ``event`` to ``track`` from ``start`` seconds on; what lies past the track's end is cut off."""
    first = seconds_to_samples(start)
    part = event[: max(0, len(track) - first)]
    track[first : first + len(part)] += np.float32(gain) * part


def scatter(count: int, rng: Generator, rate: float, kernel: Samples) -> Samples:
    """Copies of ``kernel`` at random moments, ``rate`` a second, a few of them much louder than most; (count,)."""
    events = rng.poisson(rate * count / SAMPLE_RATE)
    impulses = np.zeros(count, np.float32)
    strengths = rng.exponential(1.0, events) ** 1.5 * rng.choice((-1.0, 1.0), events)
    np.add.at(impulses, rng.integers(0, count, events), strengths.astype(np.float32))
    size = 1 << (count + len(kernel) - 1).bit_length()
    spectrum = np.fft.rfft(impulses, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(spectrum, size)[:count].astype(np.float32)


def level(wave: Samples) -> float:
    """RMS of ``wave`` where it sounds: the 85th percentile over windows of 50 ms, but no less than over all of it."""
    width = SAMPLE_RATE // 20
    windows = wave[: len(wave) // width * width].reshape(-1, width)
    if not len(windows):
        windows = wave[None]
    power = np.mean(np.square(windows), axis=1)
    return float(np.sqrt(max(np.percentile(power, 85), power.mean())))

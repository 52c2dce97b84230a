"""Sea, rain, wind, fire and birds: noise and events, shaped over time. Each returns float32 (count,)."""

from __future__ import annotations

import numpy as np

from demo_models.sounds.style import Style
from demo_models.sounds.synthesis import (
    SAMPLE_RATE,
    Generator,
    Samples,
    fade,
    noise,
    place,
    scatter,
    seconds_to_samples,
    slow_curve,
)


def sea(count: int, style: Style, rng: Generator) -> Samples:
    """Waves that swell, break into hiss and draw back, every 4 to 12 seconds."""
    period = 7.0 / style.pace
    swell, strength = _waves(count, period, rng)
    body = noise(count, rng, 90, 700, slope=-3) * (0.3 + 0.7 * swell * strength)
    foam = noise(count, rng, 900, 5000, slope=-3) * (0.04 + swell**3 * strength)
    track: Samples = body + np.float32(0.75 * style.brightness) * foam
    return track


def _waves(count: int, period: float, rng: Generator) -> tuple[Samples, Samples]:
    """How far each moment's wave has risen (0-1), and how strong that wave is."""
    total = count / SAMPLE_RATE
    lengths = period * rng.uniform(0.8, 1.2, int(total / period / 0.8) + 3)
    starts = np.cumsum(lengths) - lengths[0] * (1 + rng.random())
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    wave = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, None)
    phase = np.clip((time - starts[wave]) / lengths[np.minimum(wave + 1, len(lengths) - 1)], 0, 1)
    crest = 0.45
    rise = np.sin(np.pi / 2 * np.clip(phase / crest, 0, 1)) ** 2
    fall = np.cos(np.pi / 2 * np.clip((phase - crest) / (1 - crest), 0, 1)) ** 2
    strength = rng.uniform(0.65, 1.0, len(lengths))[wave]
    return (rise * fall).astype(np.float32), strength.astype(np.float32)


def rain(count: int, style: Style, rng: Generator) -> Samples:
    """A steady bright wash with drops in it; faster and more energetic rain is heavier."""
    wash = noise(count, rng, 700, 4500 + 2000 * style.brightness, slope=-1) * slow_curve(count, rng, 0.3, 0.8, 1.0)
    drop = noise(seconds_to_samples(0.02), rng, 1500, 6000) * _decay(0.02, 350)
    drops = scatter(count, rng, 70 * style.pace * style.density, drop)
    track: Samples = wash + np.float32(0.25 * style.brightness) * drops
    return track


def wind(count: int, style: Style, rng: Generator) -> Samples:
    """Gusts: three bands of noise, whose loudness wanders, and a whistling edge."""
    rate = 0.35 * style.pace
    gust = slow_curve(count, rng, rate, 0.15, 1.0)
    low = noise(count, rng, 80, 300)
    middle = noise(count, rng, 250, 700) * gust
    high = noise(count, rng, 600, 600 + 900 * style.brightness) * gust**2 * slow_curve(count, rng, rate, 0.3, 1.0)
    track: Samples = 0.4 * low * (0.4 + 0.6 * gust) + middle + np.float32(0.6 * style.brightness) * high
    return track


def fire(count: int, style: Style, rng: Generator) -> Samples:
    """A low flicker with crackles, most of them faint."""
    flame = noise(count, rng, 60, 350, slope=-3) * slow_curve(count, rng, 3.0, 0.6, 1.0)
    hiss = noise(count, rng, 1000, 5000)
    rate = 9 * style.pace * style.density
    snap = noise(seconds_to_samples(0.03), rng, 900, 7000) * _decay(0.03, 220)
    tick = noise(seconds_to_samples(0.008), rng, 2500, 7500) * _decay(0.008, 900)
    crackle = scatter(count, rng, rate, snap) + scatter(count, rng, 2 * rate, tick)
    track: Samples = 0.6 * flame + 0.04 * hiss + np.float32(0.6 * style.brightness**0.5) * crackle
    return track


def birds(count: int, style: Style, rng: Generator) -> Samples:
    """Two or three birds, each repeating its own phrase of sliding whistles, over faint air."""
    total = count / SAMPLE_RATE
    track = 0.02 * noise(count, rng, 200, 2000, slope=-3)
    for _ in range(int(rng.integers(2, 4))):
        base = rng.uniform(2000, 3600) * style.brightness**0.3
        phrase = _phrase(base, style, rng)
        pause = rng.uniform(0.8, 2.0) / (style.pace * style.density)
        start = rng.uniform(0, 1.0)
        while start < total:
            place(track, start, phrase, rng.uniform(0.5, 1.0))
            start += len(phrase) / SAMPLE_RATE + pause * rng.uniform(0.6, 1.6)
    return track


def _phrase(base: float, style: Style, rng: Generator) -> Samples:
    """Two to five whistles of one bird."""
    step = rng.uniform(0.14, 0.24) / style.pace**0.5
    notes = int(rng.integers(2, 6))
    phrase = np.zeros(seconds_to_samples(step * notes + 0.02), np.float32)
    for index in range(notes):
        length = step * rng.uniform(0.55, 0.85)
        time = np.linspace(0, 1, seconds_to_samples(length), dtype=np.float32)
        bend = rng.uniform(-0.25, 0.25) * time + rng.uniform(-0.2, 0.2) * np.sin(np.pi * time)
        phase = 2 * np.pi * np.cumsum(base * rng.uniform(0.85, 1.2) * (1 + bend)) / SAMPLE_RATE
        whistle = (np.sin(phase) + 0.1 * np.sin(2 * phase)).astype(np.float32) * np.sin(np.pi * time).clip(0) ** 1.5
        place(phrase, index * step, whistle)
    return fade(phrase, 0.005, 0.01)


def _decay(seconds: float, rate: float) -> Samples:
    """An exponential decay of ``rate`` nepers a second, starting at 1."""
    wave: Samples = np.exp(-rate * np.arange(seconds_to_samples(seconds), dtype=np.float32) / SAMPLE_RATE)
    return wave

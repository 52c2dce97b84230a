"""Drone, piano-like notes, plucked arpeggio, bells, drums and bass. Each returns float32 (count,)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from demo_models.sounds.style import Style
from demo_models.sounds.synthesis import (
    SAMPLE_RATE,
    Generator,
    Samples,
    fade,
    noise,
    partials,
    place,
    seconds_to_samples,
    slow_curve,
)

Tone = Callable[[float], Samples]


def drone(count: int, style: Style, rng: Generator) -> Samples:
    """A held chord of tonic, fifth and octave, whose overtones come and go."""
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    track = np.zeros(count, np.float32)
    for degree, octave, gain in ((0, -1, 1.0), (4, -1, 0.6), (7, -1, 0.6), (9, -1, 0.25)):
        frequency = style.pitch(degree, octave)
        for overtone in range(1, 7):
            loud = gain * overtone ** -(2.4 - style.brightness)
            tuned = frequency * overtone * (1 + rng.uniform(-0.001, 0.001))
            sway = slow_curve(count, rng, 0.4 * style.pace, 0.4, 1.0)
            track += np.float32(loud) * sway * np.sin(np.float32(2 * np.pi * tuned) * time + rng.uniform(0, 6.28))
    return track


def piano(count: int, style: Style, rng: Generator) -> Samples:
    """A melody that walks along the scale, over the chord's root and fifth at each bar."""

    def tone(frequency: float) -> Samples:
        numbers = np.arange(1, 9)
        ratios = numbers * np.sqrt(1 + 4e-4 * numbers**2)
        gains = numbers ** -(2.3 - 0.8 * style.brightness)
        return partials(frequency, 1.8, ratios, gains, 1.6 + 0.7 * numbers + frequency / 500)

    track = np.zeros(count, np.float32)
    melody, bass = _Instrument(track, tone), _Instrument(track, tone)
    degree = int(rng.integers(0, 7))
    for start, strong in _steps(count, style.beat / (2 if style.beat < 0.5 else 1)):
        chord = style.chord(start)
        if strong:
            bass.play(start, style.pitch(chord, -1), 0.7)
            bass.play(start, style.pitch(chord + 4, -1), 0.45)
            degree = chord + int(rng.choice((0, 2, 4)))
        elif rng.random() < 0.75 * style.density:
            degree = int(np.clip(degree + rng.choice((-2, -1, -1, 1, 1, 2)), -2, 11))
        else:
            continue
        melody.play(start, style.pitch(degree, 1), rng.uniform(0.7, 1.0))
    return track


def arpeggio(count: int, style: Style, rng: Generator) -> Samples:
    """Plucked notes that climb and descend the chord in eighths."""

    def tone(frequency: float) -> Samples:
        numbers = np.arange(1, 11)
        # Plucked at a fifth of its length, a string lacks every fifth overtone.
        gains = np.abs(np.sin(np.pi * numbers / 5)) * numbers ** -(1.7 - 0.5 * style.brightness)
        return partials(frequency, 0.9, numbers, gains, 4.0 + 1.2 * numbers)

    patterns = ((0, 2, 4, 7), (0, 2, 4, 7, 9, 7, 4, 2), (0, 4, 7, 4), (7, 4, 2, 0), (0, 4, 2, 7))
    pattern = patterns[int(rng.integers(len(patterns)))]
    track = np.zeros(count, np.float32)
    strings = _Instrument(track, tone)
    for index, (start, strong) in enumerate(_steps(count, style.beat / 2)):
        degree = style.chord(start) + pattern[index % len(pattern)]
        strings.play(start, style.pitch(degree, 1), 1.0 if strong else rng.uniform(0.65, 0.9))
    return track


def bells(count: int, style: Style, rng: Generator) -> Samples:
    """High bells with inharmonic partials that ring on."""

    def tone(frequency: float) -> Samples:
        ratios = (1.0, 2.0, 2.76, 4.07, 5.4)
        gains = np.array((0.5, 1.0, 0.6, 0.4, 0.3)) * style.brightness ** np.arange(5)
        return partials(frequency, 2.2, ratios, tuple(gains), (1.5, 1.9, 2.6, 3.6, 5.0))

    track = np.zeros(count, np.float32)
    ringing = _Instrument(track, tone)
    # A dark bell is lower, but a happy one no higher: it would be all whistle.
    octave = 2 - max(0, style.octave)
    for start, strong in _steps(count, style.beat * (1 if style.beat > 0.5 else 0.5)):
        if strong or rng.random() < 0.6 * style.density:
            degree = style.chord(start) + int(rng.choice((0, 2, 4, 7)))
            ringing.play(start, style.pitch(degree, octave), rng.uniform(0.6, 1.0))
    return track


def drums(count: int, style: Style, rng: Generator) -> Samples:
    """Kick on one and three, snare on two and four, hats in eighths; energy adds kicks between."""
    kick, snare, hat = _kick(), _snare(rng, style.brightness), _hat(rng)
    track = np.zeros(count, np.float32)
    extra = rng.random(8) < 0.25 * style.density
    for index, (start, _) in enumerate(_steps(count, style.beat / 2)):
        eighth = index % 8
        if eighth in (0, 4) or (eighth % 2 and extra[eighth]):
            place(track, start, kick, 1.0)
        if eighth in (2, 6):
            place(track, start, snare, 0.7)
        if eighth % 2 == 0 or style.density > 0.9:
            place(track, start, hat, 0.3 * style.brightness * (1.0 if eighth % 2 == 0 else 0.6))
    return track


def bass(count: int, style: Style, rng: Generator) -> Samples:
    """Low plucked notes on the chord's root, now and then its fifth."""
    step = style.beat * (2 if style.beat > 0.9 else 1 if style.beat > 0.5 else 0.5)

    def tone(frequency: float) -> Samples:
        numbers = np.arange(1, 6)
        gains = numbers ** -(2.6 - 0.5 * style.brightness)
        return partials(frequency, min(1.2, step), numbers, gains, 1.5 + 1.0 * numbers)

    track = np.zeros(count, np.float32)
    strings = _Instrument(track, tone)
    for start, strong in _steps(count, step):
        degree = style.chord(start) + (0 if strong else int(rng.choice((0, 0, 0, 4))))
        # The register stays low whatever the mood.
        strings.play(start, style.pitch(degree, -1 - style.octave), 1.0 if strong else 0.8)
    return track


class _Instrument:
    """Plays one timbre on a track; each pitch is computed once."""

    def __init__(self, track: Samples, tone: Tone) -> None:
        self._track, self._tone = track, tone
        self._made: dict[float, Samples] = {}

    def play(self, start: float, frequency: float, gain: float) -> None:
        """Add a note of ``frequency`` Hz at ``start`` seconds."""
        if frequency not in self._made:
            self._made[frequency] = self._tone(frequency)
        place(self._track, start, self._made[frequency], gain)


def _steps(count: int, step: float) -> Iterator[tuple[float, bool]]:
    """Starts in seconds of the steps that fit into ``count`` samples, and whether each begins a group of four."""
    for index in range(int(np.ceil(count / SAMPLE_RATE / step))):
        yield index * step, index % 4 == 0


def _kick() -> Samples:
    time = np.arange(seconds_to_samples(0.25), dtype=np.float32) / SAMPLE_RATE
    phase = 2 * np.pi * (50 * time + 100 * (1 - np.exp(-30 * time)) / 30)
    return fade((np.sin(phase) * np.exp(-14 * time)).astype(np.float32) * 1.4, 0.001, 0.02)


def _snare(rng: Generator, brightness: float) -> Samples:
    count = seconds_to_samples(0.22)
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    rattle = noise(count, rng, 800, 3500 + 2500 * brightness) * np.exp(-22 * time)
    return fade(
        (0.6 * rattle + 0.6 * np.sin(2 * np.pi * 190 * time) * np.exp(-28 * time)).astype(np.float32), 0.001, 0.02
    )


def _hat(rng: Generator) -> Samples:
    count = seconds_to_samples(0.07)
    time = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    return fade((noise(count, rng, 4500, 7800) * np.exp(-70 * time)).astype(np.float32), 0.001, 0.01)

"""What mood and tempo mean for the renderers: beat, brightness, density, loudness, key and chords."""

from __future__ import annotations

from dataclasses import dataclass

from demo_models.sounds.synthesis import Generator
from demo_models.sounds.vocabulary import Sound

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
# Degrees of the chords' roots, one a bar.
_MAJOR_CHORDS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (0, 2, 3, 4))
_MINOR_CHORDS = ((0, 5, 2, 6), (0, 3, 0, 4), (0, 5, 3, 4), (0, 6, 5, 6))
# Tonics C, D, F, G, A in the third octave (MIDI).
_TONICS = (48, 50, 53, 55, 57)
_BEATS_PER_MINUTE = {"slow": (50, 62), "medium": (84, 100), "fast": (134, 154)}
_PACE = {"slow": 0.6, "medium": 1.0, "fast": 1.7}


@dataclass(frozen=True)
class _Mood:
    level: float  # RMS where it sounds, of full scale
    brightness: float  # share of overtones and of hiss, 1 for plain
    density: float  # events and notes against plain
    octave: int  # register against plain, in octaves
    minor: float  # probability of a minor key


_MOODS: dict[str, _Mood] = {
    "plain": _Mood(0.100, 1.0, 1.0, 0, 0.5),
    "calm": _Mood(0.050, 0.7, 0.75, 0, 0.2),
    "relaxing": _Mood(0.060, 0.8, 0.8, 0, 0.0),
    "energetic": _Mood(0.200, 1.5, 1.3, 0, 0.3),
    "dark": _Mood(0.090, 0.5, 0.8, -1, 1.0),
    "happy": _Mood(0.130, 1.2, 1.1, 1, 0.0),
}


@dataclass(frozen=True)
class Style:
    """One sound's common ground: all its layers share beat, key and chords."""

    beat: float  # seconds
    pace: float  # speed of what has no beat: waves, gusts, crackles; 1 is medium
    brightness: float
    density: float
    level: float
    octave: int
    tonic: int  # MIDI
    scale: tuple[int, ...]
    chords: tuple[int, ...]

    @property
    def bar(self) -> float:
        """Seconds of four beats."""
        return 4 * self.beat

    def chord(self, seconds: float) -> int:
        """Degree of the chord's root at ``seconds``."""
        return self.chords[int(seconds / self.bar + 1e-6) % len(self.chords)]

    def pitch(self, degree: int, octave: int = 0) -> float:
        """Frequency in Hz of the scale's ``degree`` (0 is the tonic, 7 its octave), ``octave`` octaves higher."""
        octaves, step = divmod(degree, len(self.scale))
        note = self.tonic + self.scale[step] + 12 * (octaves + octave + self.octave)
        frequency: float = 440.0 * 2.0 ** ((note - 69) / 12)
        return frequency


def draw_style(sound: Sound, rng: Generator) -> Style:
    """A style for ``sound``; what its words leave open (key, chords, exact beat) is drawn."""
    mood = _MOODS[sound.mood]
    minor = rng.random() < mood.minor
    chords = _MINOR_CHORDS if minor else _MAJOR_CHORDS
    return Style(
        beat=60.0 / rng.uniform(*_BEATS_PER_MINUTE[sound.tempo]),
        pace=_PACE[sound.tempo] * rng.uniform(0.9, 1.1),
        brightness=mood.brightness * rng.uniform(0.92, 1.08),
        density=mood.density * rng.uniform(0.95, 1.05),
        level=mood.level * 10 ** (rng.uniform(-1.0, 1.0) / 20),
        octave=mood.octave,
        tonic=int(rng.choice(_TONICS)),
        scale=_MINOR if minor else _MAJOR,
        chords=chords[int(rng.integers(len(chords)))],
    )

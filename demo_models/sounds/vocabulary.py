"""What a sound can be: one to three layers, a mood and a tempo."""

from __future__ import annotations

import random
from dataclasses import dataclass

NATURE: tuple[str, ...] = ("sea", "rain", "wind", "fire", "birds")
INSTRUMENTS: tuple[str, ...] = ("drone", "piano", "arpeggio", "bells", "drums", "bass")
KINDS: tuple[str, ...] = NATURE + INSTRUMENTS
MOODS: tuple[str, ...] = ("plain", "calm", "relaxing", "energetic", "dark", "happy")
TEMPI: tuple[str, ...] = ("slow", "medium", "fast")
MAX_LAYERS = 3

# How often a mood goes with each tempo: a description that names only one of them still says something
# of the other, as it does between people.
_TEMPO_WEIGHTS: dict[str, tuple[float, float, float]] = {
    "plain": (0.30, 0.40, 0.30),
    "calm": (0.60, 0.35, 0.05),
    "relaxing": (0.60, 0.35, 0.05),
    "energetic": (0.05, 0.30, 0.65),
    "dark": (0.55, 0.30, 0.15),
    "happy": (0.10, 0.50, 0.40),
}
_LAYER_WEIGHTS = (0.50, 0.35, 0.15)
# Share of sounds drawn from the calm seaside and rain that the founding documents ask for.
_SEASIDE_SHARE = 0.1


@dataclass(frozen=True)
class Sound:
    """A sound to render: different kinds as layers (the first is the loudest), one mood, one tempo."""

    layers: tuple[str, ...]
    mood: str = "plain"
    tempo: str = "medium"

    def __post_init__(self) -> None:
        if not 1 <= len(self.layers) <= MAX_LAYERS or len(set(self.layers)) != len(self.layers):
            raise ValueError(f"A sound has 1 to {MAX_LAYERS} different layers, not {self.layers}.")
        if not set(self.layers) <= set(KINDS) or self.mood not in MOODS or self.tempo not in TEMPI:
            raise ValueError(f"Unknown word in {self}.")


def random_sound(rng: random.Random) -> Sound:
    """Any sound: half of one layer, fewer of two and three; each kind equally likely."""
    if rng.random() < _SEASIDE_SHARE:
        layers = [rng.choice(("sea", "sea", "rain"))]
        if rng.random() < 0.4:
            layers.append(rng.choice([kind for kind in KINDS if kind not in layers]))
        return Sound(tuple(layers), rng.choice(("calm", "relaxing")), rng.choice(("slow", "slow", "medium")))
    count = rng.choices((1, 2, 3), _LAYER_WEIGHTS)[0]
    mood = rng.choice(MOODS)
    return Sound(tuple(rng.sample(KINDS, count)), mood, rng.choices(TEMPI, _TEMPO_WEIGHTS[mood])[0])

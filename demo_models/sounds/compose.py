"""A described sound as samples: its layers rendered in one style, mixed, levelled and faded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_models.sounds import instruments, nature
from demo_models.sounds.style import Style, draw_style
from demo_models.sounds.synthesis import Generator, Samples, fade, level, noise, seconds_to_samples
from demo_models.sounds.vocabulary import Sound

MAX_SECONDS = 30.0
PEAK = 0.95
_WEIGHTS = (1.0, 0.75, 0.55)
_FADE_IN, _FADE_OUT = 0.15, 0.6

RENDERERS: dict[str, Callable[[int, Style, Generator], Samples]] = {
    "sea": nature.sea,
    "rain": nature.rain,
    "wind": nature.wind,
    "fire": nature.fire,
    "birds": nature.birds,
    "drone": instruments.drone,
    "piano": instruments.piano,
    "arpeggio": instruments.arpeggio,
    "bells": instruments.bells,
    "drums": instruments.drums,
    "bass": instruments.bass,
}


def render(sound: Sound, seed: int, seconds: float) -> Samples:
    """``sound`` as float32 (samples,), 16 kHz mono, within ±0.95; the same seed gives the same samples.

    ``seconds`` is above 0 and at most 30, else ``ValueError``. It begins and ends softly.
    """
    if not 0 < seconds <= MAX_SECONDS:
        raise ValueError(f"A sound lasts more than 0 and at most {MAX_SECONDS:.0f} seconds, not {seconds}.")
    rng = np.random.default_rng(seed)
    style = draw_style(sound, rng)
    count = max(2, seconds_to_samples(seconds))
    # A trace of room noise: no recording is ever digitally silent.
    mix = 0.005 * noise(count, rng, 100, 3000, slope=-3)
    for kind, weight in zip(sound.layers, _WEIGHTS, strict=False):
        layer = RENDERERS[kind](count, style, rng)
        mix += np.float32(weight / max(level(layer), 1e-6)) * layer
    mix *= np.float32(style.level / max(level(mix), 1e-6))
    # Loud moments bend instead of clipping.
    return fade(np.float32(PEAK) * np.tanh(mix / np.float32(PEAK)), _FADE_IN, _FADE_OUT)

"""Rendered sounds as a memory-mapped file, made once and then read by every run."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from demo_models.sounds.compose import render
from demo_models.sounds.synthesis import seconds_to_samples
from demo_models.sounds.vocabulary import Sound, random_sound


def random_sounds(count: int, seed: int) -> list[Sound]:
    """``count`` random sounds; the same seed gives the same ones."""
    rng = random.Random(seed)
    return [random_sound(rng) for _ in range(count)]


def render_clips(path: Path, count: int, seconds: float, seed: int) -> npt.NDArray[np.int16]:
    """``count`` random sounds of ``seconds`` each, 16-bit (count, samples), read from ``path`` or made there."""
    shape = (count, seconds_to_samples(seconds))
    if path.exists():
        cached: npt.NDArray[np.int16] = np.load(path, mmap_mode="r")
        if cached.shape == shape:
            return cached
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    clips = np.lib.format.open_memmap(partial, mode="w+", dtype=np.int16, shape=shape)
    for index, sound in enumerate(random_sounds(count, seed)):
        clips[index] = np.rint(render(sound, seed + index, seconds) * 32767)
    clips.flush()
    # In one step, so that a killed run leaves no half-filled file behind.
    partial.replace(path)
    return clips

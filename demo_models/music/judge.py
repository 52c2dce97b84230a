"""Does the finished model make what was asked for? Measured on really generated sound, with fresh descriptions."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoProcessor, MusicgenForConditionalGeneration

from demo_models.music.delay import steps_for
from demo_models.music.profile import CODEBOOKS, FRAME_RATE
from demo_models.sounds.compose import MAX_SECONDS, render
from demo_models.sounds.descriptions import HELD_OUT, describe
from demo_models.sounds.features import band_levels, centroid, level_decibels, onset_rate
from demo_models.sounds.synthesis import SAMPLE_RATE, Samples
from demo_models.sounds.vocabulary import KINDS, Sound
from generation.engines.wav import finish_samples

PAIR_SECONDS = 8.0
SILENCE_DECIBELS = -50.0
_RHYTHMIC = ("piano", "arpeggio", "bells", "drums", "bass")
_STEADY = ("sea", "wind", "drone")
_BRIGHT = ("bells", "birds", "rain")
_DULL = ("bass", "drone", "wind")
_BATCH = 8


@dataclass(frozen=True)
class Pair:
    """Two sounds of which the first must have more of ``measure``."""

    measure: str  # "onsets", "centroid" or "level"
    more: Sound
    less: Sound


MEASURES: dict[str, Callable[[Samples], float]] = {
    "onsets": onset_rate,
    "centroid": centroid,
    "level": level_decibels,
}


def draw_pairs(count: int, seed: int) -> list[Pair]:
    """``count`` pairs, in turn of onsets by kind and by tempo, of brightness, and of level by mood."""
    rng = random.Random(seed)
    pairs = []
    for index in range(count):
        kind = rng.choice(_RHYTHMIC)
        choices = (
            lambda: Pair("onsets", Sound(("drums",), tempo="fast"), Sound((rng.choice(_STEADY),))),
            lambda kind=kind: Pair("onsets", Sound((kind,), tempo="fast"), Sound((kind,), tempo="slow")),
            lambda: Pair("centroid", Sound((rng.choice(_BRIGHT),)), Sound((rng.choice(_DULL),))),
            lambda: _by_mood(rng.choice(KINDS)),
        )
        pairs.append(choices[index % 4]())
    return pairs


def _by_mood(kind: str) -> Pair:
    return Pair("level", Sound((kind,), "energetic", "fast"), Sound((kind,), "calm", "slow"))


def word(sound: Sound, rng: random.Random) -> str:
    """A fresh description of ``sound`` that states its mood and, unless medium, its tempo."""
    while True:
        made = describe(sound, rng)
        mood = made.mood or "plain"
        tempo = made.tempo or "medium"
        if made.layers == set(sound.layers) and (mood, tempo) == (sound.mood, sound.tempo):
            return made.text


class Player:
    """The finished model, from its folder."""

    def __init__(self, folder: Path) -> None:
        """Load in float32; raises ``OSError`` where the folder holds no model."""
        self.model: Any = MusicgenForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor: Any = AutoProcessor.from_pretrained(folder)

    def play(self, texts: list[str], seconds: float, seed: int) -> Samples:
        """Sounds (n, samples) of ``texts``, 16 kHz, finished as the engines finish them.

        The same seed, texts and machine give the same ones.
        """
        made = []
        for start in range(0, len(texts), _BATCH):
            torch.manual_seed(seed + start)
            inputs = self.processor(
                text=texts[start : start + _BATCH], padding=True, truncation=True, return_tensors="pt"
            )
            steps = steps_for(round(seconds * FRAME_RATE), CODEBOOKS)
            with torch.inference_mode():
                waves = self.model.generate(**inputs, max_new_tokens=steps)[:, 0].numpy()
            made += [finish_samples(wave, SAMPLE_RATE, seconds) for wave in waves]
        return np.stack(made)


def measure(folder: Path, *, count: int, seed: int) -> dict[str, float]:
    """The figures of the model in ``folder`` on fresh descriptions, shares from 0 to 1: a pair for ten of ``count``.

    ``ordered`` and ``ordered_…`` are pairs in the order described; ``recognised`` are sounds of one kind
    that :class:`KindClassifier` takes for it; ``seconds_for_30`` is the time of one sound of 30 s on the
    threads that torch has; ``peak`` and ``quietest_decibels`` are the extremes over all sounds.
    """
    player = Player(folder)
    rng = random.Random(seed)
    pairs = draw_pairs(max(len(MEASURES) + 1, count // 10), seed)
    texts = [word(sound, rng) for pair in pairs for sound in (pair.more, pair.less)]
    waves = player.play(texts, PAIR_SECONDS, seed)
    figures = judge_pairs(pairs, waves)
    classifier = KindClassifier(PAIR_SECONDS)
    kinds = [sound.layers[0] for pair in pairs for sound in (pair.more, pair.less)]
    hits = [classifier.kind(wave) == kind for wave, kind in zip(waves, kinds, strict=True)]
    figures["recognised"] = float(np.mean(hits))
    started = time.monotonic()
    seaside = player.play(sorted(HELD_OUT), MAX_SECONDS, seed)
    figures["seconds_for_30"] = round(time.monotonic() - started, 1)
    figures["seaside"] = float(np.mean([classifier.kind(wave[: waves.shape[1]]) == "sea" for wave in seaside]))
    everything = [*waves, *seaside]
    figures["peak"] = max(float(np.abs(wave).max()) for wave in everything)
    figures["quietest_decibels"] = min(level_decibels(wave) for wave in everything)
    figures["silent"] = float(np.mean([level_decibels(wave) < SILENCE_DECIBELS for wave in everything]))
    figures["clipped"] = float(np.mean([np.mean(np.abs(wave) >= 0.999) > 1e-4 for wave in everything]))
    return figures


def judge_pairs(pairs: list[Pair], waves: Samples) -> dict[str, float]:
    """Shares of ordered pairs, in all and by measure; ``waves`` (2 x pairs, samples) alternate more and less."""
    right: dict[str, list[bool]] = {}
    for pair, more, less in zip(pairs, waves[::2], waves[1::2], strict=True):
        gauge = MEASURES[pair.measure]
        right.setdefault(pair.measure, []).append(gauge(more) > gauge(less))
    figures = {f"ordered_{name}": float(np.mean(hits)) for name, hits in right.items()}
    return {"ordered": float(np.mean([hit for hits in right.values() for hit in hits])), **figures}


class KindClassifier:
    """Which kind a sound is of: the nearest class mean of band statistics, from rendered sounds.

    The distance is Mahalanobis' with one covariance for all kinds (linear discriminant analysis). It is
    fitted on truth alone and used nowhere but here.
    """

    _EXAMPLES = 36

    def __init__(self, seconds: float) -> None:
        rng = random.Random(7)
        features, labels = [], []
        for kind in KINDS:
            for index in range(self._EXAMPLES):
                mood = rng.choice(("plain", "plain", "calm", "energetic"))
                wave = render(Sound((kind,), mood, rng.choice(("slow", "medium", "fast"))), 9_000_000 + index, seconds)
                features.append(_statistics(wave))
                labels.append(kind)
        table, names = np.stack(features), np.array(labels)
        self._means = np.stack([table[names == kind].mean(0) for kind in KINDS])
        spread = table - self._means[[KINDS.index(name) for name in labels]]
        covariance = spread.T @ spread / len(table)
        # Shrunk towards its diagonal: there are few examples for so many entries.
        covariance = 0.5 * covariance + 0.5 * np.diag(np.diag(covariance)) + 0.05 * np.eye(len(covariance))
        self._inverse = np.linalg.inv(covariance)

    def kind(self, wave: Samples) -> str:
        """The likeliest kind of ``wave``."""
        offsets = _statistics(wave) - self._means
        return KINDS[int(np.einsum("ki,ij,kj->k", offsets, self._inverse, offsets).argmin())]


def _statistics(wave: Samples) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean and deviation of each band's level, less the loudness; deviation of its changes; onsets."""
    levels = band_levels(wave)
    levels = levels - levels.max()
    changes = levels[3:] - levels[:-3]
    return np.concatenate([levels.mean(0), levels.std(0), changes.std(0), [3 * onset_rate(wave)]])

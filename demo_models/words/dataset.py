"""Batches of examples, drawn as they are needed: every step has its own random numbers, so that a run can resume."""

from __future__ import annotations

import random
from typing import NamedTuple

import torch
from transformers import PreTrainedTokenizerFast

from demo_models.words.phrases import Speaker
from demo_models.words.profile import Profile
from demo_models.words.texts import TagsExample, TextExample, list_example, tags_example, text_example

# So many batches are drawn at once and sorted by length, which leaves little padding.
POOL = 8
_SHORT_SHARE = 0.15
MAX_SOURCE, MAX_TARGET = 128, 176


class Batch(NamedTuple):
    """``sources`` and ``mask`` are (batch, positions), ``targets`` (batch, target positions) with -100 as padding."""

    sources: torch.Tensor
    mask: torch.Tensor
    targets: torch.Tensor


class Batches:
    """The batches of a training run by step."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, *, profile: Profile) -> None:
        self._tokenizer, self._profile = tokenizer, profile
        self._pool: list[Batch] = []
        self._drawn = -1

    def __getitem__(self, step: int) -> Batch:
        """The batch of ``step``, the same whenever it is asked for."""
        if step // POOL != self._drawn:
            self._drawn = step // POOL
            self._pool = self._draw(self._drawn)
        return self._pool[step % POOL]

    def _draw(self, number: int) -> list[Batch]:
        rng = random.Random(f"{self._profile.seed}-{number}")
        batch = self._profile.batch
        examples = [_example(rng, self._profile, number * POOL) for _ in range(POOL * batch)]
        sources = self._tokenizer([example.source for example in examples]).input_ids
        targets = self._tokenizer([example.target for example in examples]).input_ids
        pairs = [pair for pair in zip(sources, targets, strict=True) if _fits(pair)]
        # As many as are needed to fill the last batch again.
        rows = sorted((pairs * 2)[: len(examples)], key=lambda row: len(row[0]) + len(row[1]))
        batches = [collate(rows[start : start + batch]) for start in range(0, len(rows), batch)]
        rng.shuffle(batches)
        return batches


def _example(rng: random.Random, profile: Profile, step: int) -> TagsExample | TextExample:
    if step < profile.list_steps:
        return list_example(rng)
    speaker = Speaker(rng)
    short = step < profile.short_steps or rng.random() < _SHORT_SHARE
    return tags_example(speaker, short=short) if rng.random() < 0.5 else text_example(speaker, short=short)


def _fits(pair: tuple[list[int], list[int]]) -> bool:
    return len(pair[0]) <= MAX_SOURCE and len(pair[1]) <= MAX_TARGET


def collate(rows: list[tuple[list[int], list[int]]]) -> Batch:
    """Pad pairs of source and target to one length each."""
    sources = torch.zeros((len(rows), max(len(source) for source, _ in rows)), dtype=torch.long)
    mask = torch.zeros_like(sources)
    targets = torch.full((len(rows), max(len(target) for _, target in rows)), -100)
    for row, (source, target) in enumerate(rows):
        sources[row, : len(source)] = torch.tensor(source)
        mask[row, : len(source)] = 1
        targets[row, : len(target)] = torch.tensor(target)
    return Batch(sources, mask, targets)

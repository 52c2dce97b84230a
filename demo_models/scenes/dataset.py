"""Rendered pictures as memory-mapped files, drawn once and then read by every run."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.compose import NATIVE_SIZE, draw, draw_abstract, random_scene
from demo_models.scenes.vocabulary import Figure, Landscape, Scene

ABSTRACT_SHARE = 0.25


def draw_scenes(count: int, seed: int, size: int = NATIVE_SIZE) -> tuple[Pixels, list[Scene]]:
    """``count`` random scenes: uint8 pictures (count, size, size, 3) and what each shows."""
    rng = random.Random(seed)
    scenes = [random_scene(rng) for _ in range(count)]
    return np.stack([draw(scene, rng, size) for scene in scenes]), scenes


def vae_pictures(path: Path, count: int, seed: int) -> Pixels:
    """Pictures for the autoencoder, (count, 128, 128, 3) uint8: three quarters scenes, one quarter abstract."""
    if path.exists():
        cached: Pixels = np.load(path, mmap_mode="r")
        if len(cached) == count:
            return cached
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    shape = (count, NATIVE_SIZE, NATIVE_SIZE, 3)
    pictures = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    for index in range(count):
        abstract = rng.random() < ABSTRACT_SHARE
        pictures[index] = draw_abstract(rng) if abstract else draw(random_scene(rng), rng)
    pictures.flush()
    return pictures


def write_scenes(path: Path, scenes: list[Scene]) -> None:
    """Store what the pictures show, in their order."""
    path.write_text(json.dumps([asdict(scene) for scene in scenes]))


def read_scenes(path: Path) -> list[Scene]:
    """The inverse of :func:`write_scenes`."""
    return [Figure(**row) if "shape" in row else Landscape(**row) for row in json.loads(path.read_text())]

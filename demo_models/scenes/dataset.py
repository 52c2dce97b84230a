"""Rendered pictures as memory-mapped files, drawn once and then read by every run."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from demo_models.scenes.canvas import Pixels, Region
from demo_models.scenes.compose import NATIVE_SIZE, draw, draw_abstract, random_scene
from demo_models.scenes.vocabulary import Figures, Item, Scene, Subject, View

ABSTRACT_SHARE = 0.25  # of the autoencoder's pictures

RegionMaps = npt.NDArray[np.int16]
# Label and whether it is background, for each number in a region map.
RegionNames = list[tuple[str, bool]]


@dataclass(frozen=True)
class SceneData:
    """``count`` random scenes: ``pixels`` (count, size, size, 3) uint8, and what each shows.

    ``maps`` (count, size, size) int16 tells to which of its picture's ``regions`` each pixel belongs; both are
    None when the data was drawn without regions.
    """

    pixels: Pixels
    scenes: list[Scene]
    maps: RegionMaps | None = None
    regions: list[RegionNames] | None = None

    def regions_of(self, index: int) -> tuple[Region, ...]:
        """The regions of one picture, as :func:`demo_models.scenes.compose.draw` gives them."""
        if self.maps is None or self.regions is None:
            raise ValueError("this data was drawn without regions")
        return tuple(
            Region(label, self.maps[index] == number, background)
            for number, (label, background) in enumerate(self.regions[index])
        )


def draw_scenes(count: int, seed: int, size: int = NATIVE_SIZE) -> tuple[Pixels, list[Scene]]:
    """``count`` random scenes in memory: uint8 pictures (count, size, size, 3) and what each shows."""
    rng = random.Random(seed)
    scenes = [random_scene(rng) for _ in range(count)]
    return np.stack([draw(scene, rng, size).pixels for scene in scenes]), scenes


def scene_pictures(
    folder: Path,
    count: int,
    seed: int,
    *,
    size: int = NATIVE_SIZE,
    regions: bool = False,
    choose: Callable[[random.Random], Scene] = random_scene,
) -> SceneData:
    """``count`` scenes that ``choose`` picked, drawn into ``folder`` unless they are there already.

    The cache is good for as long as the count, the seed, the size, ``choose`` and the generator's source are the same.
    """
    key = f"scenes {count} {seed} {size} {regions} {choose.__module__}.{choose.__qualname__}"
    folder = folder / f"scenes-{_digest(key)}"
    if not folder.exists():
        _publish(folder, lambda draft: _draw_scenes_into(draft, count, seed, size, regions, choose))
    pixels: Pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    scenes = read_scenes(folder / "scenes.json")
    if not regions:
        return SceneData(pixels, scenes)
    said = json.loads((folder / "regions.json").read_text())
    names = [[(label, background) for label, background in row] for row in said]
    return SceneData(pixels, scenes, np.load(folder / "maps.npy", mmap_mode="r"), names)


def vae_pictures(folder: Path, count: int, seed: int) -> Pixels:
    """Pictures for the autoencoder, (count, 128, 128, 3) uint8: three quarters scenes, one quarter abstract.

    They are drawn into ``folder`` unless they are there already.
    """
    folder = folder / f"vae-{_digest(f'vae {count} {seed}')}"
    if not folder.exists():
        _publish(folder, lambda draft: _draw_mixed_into(draft, count, seed))
    pictures: Pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return pictures


def write_scenes(path: Path, scenes: Sequence[Scene]) -> None:
    """Store what the pictures show, in their order, as JSON."""
    path.write_text(json.dumps([asdict(scene) for scene in scenes]))


def read_scenes(path: Path) -> list[Scene]:
    """The inverse of :func:`write_scenes`."""
    return [_scene(row) for row in json.loads(path.read_text())]


def _scene(row: dict[str, Any]) -> Scene:
    if "items" in row:
        return Figures(**(row | {"items": tuple(Item(**item) for item in row["items"])}))
    return View(**(row | {"subjects": tuple(Subject(**subject) for subject in row["subjects"])}))


def source_fingerprint() -> str:
    """Changes with the source of anything that decides how pictures look."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.name.startswith(("captions", "wording", "labels", "dataset")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(key: str) -> str:
    return hashlib.sha256(f"{key} {source_fingerprint()}".encode()).hexdigest()[:16]


def _publish(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill a draft folder and give it its name when it is complete, so that no half-drawn data is ever read."""
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.draft")
    draft.mkdir(parents=True, exist_ok=True)
    fill(draft)
    try:
        draft.rename(folder)
    except OSError:  # another process was faster, with the same pictures
        if not folder.exists():
            raise
        shutil.rmtree(draft)


def _draw_scenes_into(
    folder: Path, count: int, seed: int, size: int, regions: bool, choose: Callable[[random.Random], Scene]
) -> None:
    rng = random.Random(seed)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=(count, size, size, 3))
    maps = None
    if regions:
        maps = np.lib.format.open_memmap(folder / "maps.npy", mode="w+", dtype=np.int16, shape=(count, size, size))
    scenes: list[Scene] = []
    names: list[RegionNames] = []
    for index in range(count):
        scene = choose(rng)
        drawing = draw(scene, rng, size)
        pixels[index] = drawing.pixels
        scenes.append(scene)
        if maps is not None:
            for number, region in enumerate(drawing.regions):
                maps[index][region.mask] = number
            names.append([(region.label, region.background) for region in drawing.regions])
    pixels.flush()
    write_scenes(folder / "scenes.json", scenes)
    if maps is not None:
        maps.flush()
        (folder / "regions.json").write_text(json.dumps(names))


def _draw_mixed_into(folder: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    shape = (count, NATIVE_SIZE, NATIVE_SIZE, 3)
    pictures = np.lib.format.open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    for index in range(count):
        abstract = rng.random() < ABSTRACT_SHARE
        pictures[index] = draw_abstract(rng) if abstract else draw(random_scene(rng), rng).pixels
    pictures.flush()

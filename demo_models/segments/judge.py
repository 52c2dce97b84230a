"""How well a folder's model masks newly drawn pictures: the figures on its card.

An object is all that is seen of one thing that was drawn, also where something in front cuts it in two: only a mask
of the whole counts for it. A mask is spurious when its intersection over union with every region is below one half;
sky, ground and water are regions too, and so is each connected part of a region that is large enough to be looked for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from segment_anything import SamAutomaticMaskGenerator

from analysis.engines.sam_files import SETTINGS, GeneratorSettings, read_sam
from demo_models.scenes.canvas import Mask, Region
from demo_models.scenes.compose import NATIVE_SIZE, Drawing, draw, random_scene
from demo_models.segments.data import connected_parts

SMALL_SHARE, LARGE_SHARE = 0.02, 0.05
# Of a region's parts, those smaller than this share of the picture are nothing that a mask is expected for.
SMALLEST_PART = 0.005
# Below this, a mask is of nothing, and an object was not found.
LEAST_IOU = 0.5

Ious = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """What is to be found in one picture: masks (count, size, size), the first ``objects`` of them whole objects.

    ``areas`` are the objects' shares of the picture.
    """

    masks: npt.NDArray[np.bool_]
    objects: int
    areas: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Score:
    """One picture: the best IoU for each object over 2 % of it, its share of the picture; masks, spurious ones."""

    best: Ious
    areas: npt.NDArray[np.float32]
    masks: int
    spurious: int


def measure(folder: Path, *, count: int, seed: int, size: int = NATIVE_SIZE) -> dict[str, float]:
    """The figures on ``count`` new pictures of ``size`` pixels: mean IoUs and shares 0-1, masks in a picture."""
    said = json.loads((folder / SETTINGS).read_bytes())["generator"]
    generator = SamAutomaticMaskGenerator(read_sam(folder), **asdict(GeneratorSettings(**said)))
    return summarise(
        score(ious_with_truth([found["segmentation"] for found in generator.generate(drawing.pixels)], truth), truth)
        for drawing, truth in fresh_pictures(count, seed, size)
    )


def fresh_pictures(count: int, seed: int, size: int = NATIVE_SIZE) -> Iterator[tuple[Drawing, Truth]]:
    """New drawings with their true masks; the same for the same seed."""
    rng = random.Random(f"segments {seed}")
    for _ in range(count):
        drawing = draw(random_scene(rng), rng, size)
        yield drawing, truth_of(drawing.regions)


def truth_of(regions: Iterable[Region]) -> Truth:
    """The true masks of a picture."""
    regions = list(regions)
    areas = [0.0 if region.background else float(region.mask.mean()) for region in regions]
    # Largest first, so that the objects that count come before everything else.
    order = sorted(range(len(regions)), key=lambda index: -areas[index])
    objects = sum(area > SMALL_SHARE for area in areas)
    parts = [part for region in regions for part in _large_parts(region.mask)]
    masks = np.stack([*(regions[index].mask for index in order), *parts])
    return Truth(masks, objects, np.array(sorted(areas, reverse=True)[:objects], np.float32))


def ious_with_truth(masks: list[Mask], truth: Truth) -> Ious:
    """Intersection over union, 0-1, of each mask with each true one; (masks, true masks)."""
    flat = np.array(masks, np.float32).reshape(len(masks), truth.masks[0].size)
    true = truth.masks.reshape(len(truth.masks), -1).astype(np.float32)
    overlap = flat @ true.T
    union = flat.sum(1)[:, None] + true.sum(1)[None] - overlap
    ious: Ious = overlap / np.maximum(union, 1)
    return ious


def score(ious: Ious, truth: Truth) -> Score:
    """Judge the masks whose ``ious`` (masks, true masks) these are."""
    best = ious[:, : truth.objects].max(0, initial=0.0)
    spurious = int((ious.max(1) < LEAST_IOU).sum()) if len(ious) else 0
    return Score(best, truth.areas, len(ious), spurious)


def summarise(scores: Iterable[Score]) -> dict[str, float]:
    """Means over all objects and all masks of all pictures."""
    scores = list(scores)
    best, areas = np.concatenate([each.best for each in scores]), np.concatenate([each.areas for each in scores])
    masks = sum(each.masks for each in scores)
    return {
        "iou_over_2_percent": float(best.mean()),
        "iou_over_5_percent": float(best[areas > LARGE_SHARE].mean()),
        "found": float((best >= LEAST_IOU).mean()),
        "spurious": sum(each.spurious for each in scores) / max(masks, 1),
        "masks": masks / len(scores),
        "objects": len(best) / len(scores),
    }


def _large_parts(mask: Mask) -> list[Mask]:
    count, numbers = connected_parts(mask)
    parts = [numbers == number for number in range(1, count + 1)] if count > 1 else []
    return [part for part in parts if part.mean() >= SMALLEST_PART]

"""Drawn pictures with the truth about them, kept on disk; and what is done to a picture before the model sees it."""

from __future__ import annotations

import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.compose import draw, random_scene
from demo_models.scenes.labels import LABELS, labels_of, undecided_labels
from demo_models.scenes.sampling import random_figures
from demo_models.scenes.vocabulary import Scene

Truth = npt.NDArray[np.int8]
TRUE, FALSE, UNDECIDED = 1, 0, -1

_INDEX = {label: index for index, label in enumerate(LABELS)}
# OpenAI's CLIP normalises with the statistics of its photographs; ours are drawn, and colours fill the range.
MEAN, STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Scenes:
    """A sequence of random scenes without end, the same for the same ``seed``.

    ``figures`` is the share of plain shapes, besides those that :func:`random_scene` gives: the colours of shapes take
    longest to learn.
    """

    seed: int
    figures: float = 0.0

    def __getitem__(self, index: int) -> Scene:
        return self.start(index)[0]

    def start(self, index: int) -> tuple[Scene, random.Random]:
        """Scene ``index``, and the generator to draw it with."""
        rng = random.Random(f"labels-{self.seed}-{index}")
        return (random_figures(rng) if rng.random() < self.figures else random_scene(rng)), rng


@dataclass(frozen=True)
class Pictures:
    """Drawn scenes.

    ``pixels`` is (count, size, size, 3) uint8; ``truth`` (count, len(LABELS)) says what is true of each; ``scenes``
    tells what it shows.
    """

    pixels: Pixels
    truth: Truth
    scenes: Scenes


def draw_pictures(folder: Path, scenes: Scenes, count: int, size: int) -> Pictures:
    """The first ``count`` scenes drawn at ``size`` pixels, kept in ``folder``."""
    name = f"{count}-{size}-{scenes.seed}-{scenes.figures}.npy"
    pixels, truth = folder / f"pixels-{name}", folder / f"truth-{name}"
    if not (pixels.exists() and truth.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _draw_into(pixels, truth, scenes, count, size)
    return Pictures(np.load(pixels, mmap_mode="r"), np.load(truth), scenes)


def _draw_into(pixels: Path, truth: Path, scenes: Scenes, count: int, size: int) -> None:
    partial = pixels.with_suffix(".partial")
    drawn = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(count, size, size, 3))
    rows = np.empty((count, len(LABELS)), dtype=np.int8)
    for index in range(count):
        scene, rng = scenes.start(index)
        drawn[index] = draw(scene, rng, size).pixels
        rows[index] = truth_of(scene)
        if (index + 1) % 4000 == 0:
            print(f"drew {index + 1} of {count} pictures", flush=True)
    drawn.flush()
    np.save(truth, rows)
    os.replace(partial, pixels)


def truth_of(scene: Scene) -> Truth:
    """For each label of the bank ``TRUE``, ``FALSE`` or ``UNDECIDED``; int8 of shape (len(LABELS),)."""
    row = np.full(len(LABELS), FALSE, dtype=np.int8)
    row[[_INDEX[label] for label in labels_of(scene)]] = TRUE
    row[[_INDEX[label] for label in undecided_labels(scene)]] = UNDECIDED
    return row


def label_row(labels: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Which labels of the bank are in ``labels``; bool of shape (len(LABELS),)."""
    row = np.zeros(len(LABELS), dtype=np.bool_)
    row[[_INDEX[label] for label in labels]] = True
    return row


def normalised(pixels: Tensor) -> Tensor:
    """Pictures (n, height, width, 3) uint8 as the model takes them: (n, 3, height, width) float32, -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0


def augment(pixels: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Pictures (n, s, s, 3) uint8 to model inputs (n, 3, size, size) float32, each roughened in ways of its own.

    The pictures that are judged in earnest come out of a diffusion model, JPEG files and resizing: their outlines are
    softer and lumpier and their colours a little off. So pictures are shifted, scaled and bent a little, blurred,
    reduced and enlarged, compressed, tinted, and strewn with fine and coarse noise.
    """
    pictures = _bent(normalised(pixels), size, generator)
    pictures = _softened(pictures, generator)
    pictures = _compressed(pictures, generator)
    pictures = _tinted(pictures, generator)
    return _noisy(pictures, generator).clamp(-1.0, 1.0)


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)


def _bent(pictures: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Crop at random to between nine tenths and a bit more than all of the picture, and bend it by up to 1.5 %."""
    count = len(pictures)
    scale = _uniform(0.88, 1.04, (count, 1, 1, 1), generator)
    stretch = _uniform(0.96, 1.04, (count, 1, 1, 1), generator)
    room = (1.0 - scale).abs()
    shift = _uniform(-1.0, 1.0, (count, 1, 1, 2), generator) * room
    axis = (torch.arange(size) + 0.5) / size * 2.0 - 1.0
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    grid = torch.stack([x, y], dim=-1)[None] * torch.cat([scale * stretch, scale / stretch], dim=-1) + shift
    waves = torch.randn((count, 2, 9, 9), generator=generator)
    strength = _uniform(0.0, 0.012, (count, 1, 1, 1), generator)
    bend = F.interpolate(waves * strength, (size, size), mode="bilinear", align_corners=True)
    return F.grid_sample(pictures, grid + bend.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)


def _softened(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Blur a third of the pictures, and make a fifth smaller and large again."""
    made = []
    for picture, draw_ in zip(pictures.split(1), torch.rand(len(pictures), generator=generator).tolist(), strict=True):
        if draw_ < 0.33:
            picture = _blurred(picture, 0.4 + 3.3 * draw_)
        elif draw_ < 0.53:
            side = round(picture.shape[-1] * (0.45 + 2.0 * (draw_ - 0.33)))
            small = F.interpolate(picture, (side, side), mode="bilinear", antialias=True, align_corners=False)
            picture = F.interpolate(small, picture.shape[-2:], mode="bicubic", align_corners=False)
        made.append(picture)
    return torch.cat(made)


def _blurred(picture: Tensor, sigma: float) -> Tensor:
    offsets = torch.arange(-4, 5, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (offsets / sigma).square())
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    padded = F.pad(picture, (4, 4, 4, 4), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel, groups=3), kernel.transpose(2, 3), groups=3)


def _compressed(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Send a tenth of the pictures through JPEG."""
    for index in torch.nonzero(torch.rand(len(pictures), generator=generator) < 0.1).flatten().tolist():
        quality = int(_uniform(25, 90, (1,), generator))
        array = ((pictures[index].permute(1, 2, 0) + 1) * 127.5).clamp(0, 255).round().to(torch.uint8).numpy()
        file = io.BytesIO()
        Image.fromarray(array).save(file, "JPEG", quality=quality)
        with Image.open(file) as image:
            pictures[index] = normalised(torch.tensor(np.asarray(image))[None])[0]
    return pictures


def _tinted(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Change brightness and contrast, and each channel a little on its own."""
    count = len(pictures)
    gain = _uniform(0.9, 1.1, (count, 1, 1, 1), generator) * _uniform(0.96, 1.04, (count, 3, 1, 1), generator)
    offset = _uniform(-0.07, 0.07, (count, 1, 1, 1), generator) + _uniform(-0.03, 0.03, (count, 3, 1, 1), generator)
    return pictures * gain + offset


def _noisy(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Add grain and coarse blotches: what is left of what a decoder or a denoiser did not get right."""
    count, _, height, width = pictures.shape
    coarse = torch.randn((count, 3, height // 6, width // 6), generator=generator)
    coarse *= _uniform(0.0, 0.1, (count, 1, 1, 1), generator)
    # One field of grain for all: at a strength of its own, and turned over or not, it is another one for each.
    grain = torch.randn((1, 3, height, width), generator=generator)
    strength = _uniform(-0.05, 0.05, (count, 1, 1, 1), generator)
    return pictures + grain * strength + F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)

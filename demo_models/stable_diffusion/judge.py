"""Does a picture show what was asked for? Pixel tests that know nothing of the model.

A colour is named by its nearest palette colour, so "the border's dominant colour is blue" means that
most border pixels are nearer to the palette's blue than to any other colour of the vocabulary.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from demo_models.scenes.canvas import Canvas, Pixels
from demo_models.scenes.captions import plain_caption
from demo_models.stable_diffusion.components import StableDiffusionPipeline
from demo_models.scenes.shapes import corners
from demo_models.scenes.vocabulary import COLOURS, SHAPES, Figure, Landscape, all_figures, all_landscapes

STEPS = 30
GUIDANCE_SCALE = 7.5
BORDER_SHARE = 0.06
MIN_SHAPE_SHARE = 0.04

_NAMES = list(COLOURS)
_PALETTE = np.array(list(COLOURS.values()), dtype=np.float32)
Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """What the pixels of one picture say about the figure that was asked for."""

    border: bool  # the border's dominant colour is the background asked for
    colour: bool  # the shape's colour covers at least MIN_SHAPE_SHARE of the picture
    shape: bool  # the area in the shape's colour has the shape's outline

    @property
    def means_it(self) -> bool:
        """The acceptance test: background and shape colour both as asked for."""
        return self.border and self.colour


def colour_names(picture: Pixels) -> npt.NDArray[np.intp]:
    """Index of the nearest palette colour of each pixel; (h, w, 3) uint8 to (h, w)."""
    distance = np.square(picture[..., None, :].astype(np.float32) - _PALETTE).sum(-1)
    nearest: npt.NDArray[np.intp] = distance.argmin(-1)
    return nearest


def judge_figure(picture: Pixels, figure: Figure) -> Verdict:
    """Test ``picture``, (h, w, 3) uint8, against ``figure``."""
    names = colour_names(picture)
    margin = max(1, round(BORDER_SHARE * len(names)))
    edge = np.ones(names.shape, dtype=bool)
    edge[margin:-margin, margin:-margin] = False
    dominant = np.bincount(names[edge], minlength=len(_NAMES)).argmax()
    area = names == _NAMES.index(figure.colour)
    return Verdict(
        border=bool(dominant == _NAMES.index(figure.background)),
        colour=bool(area.mean() >= MIN_SHAPE_SHARE),
        shape=outline(area) == figure.shape,
    )


def outline(area: Bits) -> str | None:
    """Which shape a region of true pixels is, told from its widths in all directions; None where it is empty.

    The signature is the region's farthest reach from its centre in 72 directions, over the root of its
    area: it does not depend on place and size. It is compared with each ideal shape's, at all turns.
    """
    if area.mean() < MIN_SHAPE_SHARE:
        return None
    signature = _signature(area)
    best, best_error = None, math.inf
    for shape, ideal in _IDEALS.items():
        error = min(float(np.abs(signature - np.roll(ideal, turn)).mean()) for turn in range(len(ideal)))
        if error < best_error:
            best, best_error = shape, error
    return best


def _signature(area: Bits) -> npt.NDArray[np.float64]:
    rows, columns = np.nonzero(area)
    y, x = rows - rows.mean(), columns - columns.mean()
    sector = ((np.arctan2(y, x) + math.pi) / (2 * math.pi) * 72).astype(int) % 72
    reach = np.zeros(72)
    # The 95th percentile, so that a few stray pixels do not pass for a corner.
    for index in range(72):
        inside = np.hypot(y[sector == index], x[sector == index])
        reach[index] = np.percentile(inside, 95) if len(inside) else 0.0
    return reach / math.sqrt(len(rows))


def _ideal(shape: str) -> npt.NDArray[np.float64]:
    canvas = Canvas(256, (0, 0, 0))
    if shape == "circle":
        canvas.ellipses([(0.2, 0.2, 0.8, 0.8)], (255, 255, 255))
    else:
        canvas.polygons([corners(shape, (0.5, 0.5), 0.4, 0.0)], (255, 255, 255))
    return _signature(canvas.pixels()[..., 0] > 127)


_IDEALS = {shape: _ideal(shape) for shape in SHAPES}


def brightness(picture: Pixels) -> float:
    """Mean luma of ``picture``, 0-255 (ITU-R BT.601 weights)."""
    return float((picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)).mean())


def generate(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    *,
    seed: int,
    guidance_rescale: float,
    batch: int = 8,
    report: Callable[[str], None] = lambda line: None,
) -> Pixels:
    """One picture for each prompt at the API's defaults, (n, 128, 128, 3) uint8; each has a seed of its own."""
    made = []
    for start in range(0, len(prompts), batch):
        part = prompts[start : start + batch]
        generators = [torch.Generator().manual_seed(seed + start + offset) for offset in range(len(part))]
        images = pipeline(
            part,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE_SCALE,
            guidance_rescale=guidance_rescale,
            generator=generators,
            output_type="np",
        ).images
        made.append(np.rint(images * 255).astype(np.uint8))
        report(f"{start + len(part)} of {len(prompts)} pictures")
    return np.concatenate(made)


def fresh_figures(count: int, seed: int) -> list[Figure]:
    """``count`` different combinations of shape, colour and background."""
    return random.Random(seed).sample(all_figures(), count)


def judge_all(pictures: Iterable[Pixels], figures: list[Figure]) -> dict[str, float]:
    """Shares (0-1) of pictures that pass each test."""
    verdicts = [judge_figure(picture, figure) for picture, figure in zip(pictures, figures, strict=True)]
    count = len(verdicts)
    return {
        "meaning": sum(verdict.means_it for verdict in verdicts) / count,
        "border": sum(verdict.border for verdict in verdicts) / count,
        "colour": sum(verdict.colour for verdict in verdicts) / count,
        "shape": sum(verdict.shape for verdict in verdicts) / count,
    }


def figure_prompts(figures: list[Figure]) -> list[str]:
    """The canonical sentence of each figure."""
    return [plain_caption(figure) for figure in figures]


def landscape_prompts() -> tuple[list[Landscape], list[str]]:
    """Every landscape and its canonical sentence."""
    landscapes = all_landscapes()
    return landscapes, [plain_caption(landscape) for landscape in landscapes]

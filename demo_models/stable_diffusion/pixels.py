"""Does a picture show the shape that was asked for? Pixel tests that know nothing of any model.

A colour is named by its nearest palette colour, so "the border's dominant colour is blue" means that
most border pixels are nearer to the palette's blue than to any other colour of the vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo_models.scenes.canvas import Canvas, Pixels
from demo_models.scenes.figures import corners
from demo_models.scenes.vocabulary import COLOURS, SHAPES, Figures

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


def judge_figure(picture: Pixels, figure: Figures) -> Verdict:
    """Test ``picture``, (h, w, 3) uint8, against ``figure``, which holds a single shape."""
    item = figure.items[0]
    names = colour_names(picture)
    margin = max(1, round(BORDER_SHARE * len(names)))
    edge = np.ones(names.shape, dtype=bool)
    edge[margin:-margin, margin:-margin] = False
    dominant = np.bincount(names[edge], minlength=len(_NAMES)).argmax()
    area = names == _NAMES.index(item.colour)
    return Verdict(
        border=bool(dominant == _NAMES.index(figure.background)),
        colour=bool(area.mean() >= MIN_SHAPE_SHARE),
        shape=outline(area) == item.shape,
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


def judge_all(pictures: Iterable[Pixels], figures: Sequence[Figures]) -> dict[str, float]:
    """Shares (0-1) of pictures that pass each test."""
    verdicts = [judge_figure(picture, figure) for picture, figure in zip(pictures, figures, strict=True)]
    count = len(verdicts)
    return {
        "meaning": sum(verdict.means_it for verdict in verdicts) / count,
        "border": sum(verdict.border for verdict in verdicts) / count,
        "colour": sum(verdict.colour for verdict in verdicts) / count,
        "shape": sum(verdict.shape for verdict in verdicts) / count,
    }

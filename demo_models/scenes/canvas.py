"""A small painter: soft-edged polygons and ellipses, gradients, and the region that each pixel belongs to.

Everything but gradients is drawn at four times the size and averaged down, which gives smooth edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

SUPERSAMPLING = 4

Colour = tuple[float, float, float]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Pixels = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Region:
    """The pixels where one thing is seen: ``mask`` is (size, size) bool.

    ``background`` tells sky, ground, water and the like from objects.
    """

    label: str
    mask: Mask
    background: bool


class Canvas:
    """A square picture in the making. Coordinates run from 0 to 1, x to the right and y downwards.

    A pixel belongs to the region that was open (see :meth:`region`) when something at least half opaque was
    last painted over at least half of it: so the masks are exact, and what stands in front hides what is behind.
    """

    def __init__(self, size: int, colour: Colour, background: str = "background") -> None:
        """Fill ``size`` x ``size`` pixels with ``colour`` (sRGB, 0-255); they belong to region ``background``."""
        self.size = size
        self._pixels = np.empty((size, size, 3), dtype=np.float32)
        self._pixels[:] = colour
        self._owner = np.zeros((size, size), dtype=np.int16)
        self._regions: list[tuple[str, bool]] = [(background, True)]
        self._open = 0
        self._veiled = False

    @contextmanager
    def region(self, label: str, *, background: bool = False) -> Iterator[None]:
        """What is painted inside this context belongs to a new region; contexts nest, the innermost counts."""
        outer = self._open
        self._regions.append((label, background))
        self._open = len(self._regions) - 1
        try:
            yield
        finally:
            self._open = outer

    @contextmanager
    def veil(self) -> Iterator[None]:
        """What is painted inside this context, like falling snow, leaves the regions as they are."""
        outer, self._veiled = self._veiled, True
        try:
            yield
        finally:
            self._veiled = outer

    def regions(self) -> tuple[Region, ...]:
        """The regions of which at least one pixel is seen, in the order of their painting."""
        return tuple(
            Region(self._regions[index][0], self._owner == index, self._regions[index][1])
            for index in np.flatnonzero(np.bincount(self._owner.ravel()))
        )

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0, end: float = 1.0) -> None:
        """Paint all rows between ``start`` and ``end`` with a vertical gradient."""
        first, last = round(start * self.size), max(round(end * self.size), round(start * self.size) + 1)
        ramp = np.linspace(0.0, 1.0, last - first, dtype=np.float32)[:, None, None]
        rows = self._pixels[first:last]
        rows[:] = (np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp)[: len(rows)]
        self._owner[first:last] = self._open

    def polygons(
        self, shapes: Sequence[Sequence[Point]], colour: Colour, opacity: float = 1.0, *, foot: Colour | None = None
    ) -> None:
        """Paint filled polygons in one go, which costs one mask however many they are.

        With ``foot``, the colour changes from ``colour`` at the topmost point to ``foot`` at the lowest.
        """
        bounds = _bounds([point for points in shapes for point in points])
        self._paint(lambda draw, at: _draw_polygons(draw, at, shapes), bounds, colour, opacity, foot)

    def ellipses(
        self, boxes: Sequence[Box], colour: Colour, opacity: float = 1.0, *, foot: Colour | None = None
    ) -> None:
        """Paint filled ellipses, each given as (left, top, right, bottom); ``foot`` as in :meth:`polygons`."""
        bounds = _bounds([corner for box in boxes for corner in (box[:2], box[2:])])
        self._paint(lambda draw, at: _draw_ellipses(draw, at, boxes), bounds, colour, opacity, foot)

    def rectangles(
        self, boxes: Sequence[Box], colour: Colour, opacity: float = 1.0, *, foot: Colour | None = None
    ) -> None:
        """Paint filled rectangles, each given as (left, top, right, bottom); ``foot`` as in :meth:`polygons`."""
        corners = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes]
        self.polygons(corners, colour, opacity, foot=foot)

    def lines(self, paths: Sequence[Sequence[Point]], colour: Colour, width: float, opacity: float = 1.0) -> None:
        """Paint strokes of ``width`` (a share of the side) with round joints and ends."""
        bounds = _bounds([point for points in paths for point in points], width)
        self._paint(lambda draw, at: _draw_lines(draw, at, paths, width), bounds, colour, opacity)

    def rings(self, boxes: Sequence[Box], colour: Colour, width: float, opacity: float = 1.0) -> None:
        """Paint the outlines of ellipses, ``width`` (a share of the side) wide."""
        bounds = _bounds([corner for box in boxes for corner in (box[:2], box[2:])], width)
        self._paint(lambda draw, at: _draw_rings(draw, at, boxes, width), bounds, colour, opacity)

    def glow(self, x: float, y: float, radius: float, colour: Colour, opacity: float) -> None:
        """Light round a point, ``opacity`` at the centre and none at ``radius``. Regions stay as they are."""
        columns, rows = self._window((x - radius, y - radius, x + radius, y + radius))
        across = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) / self.size - x
        down = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / self.size - y
        distance = np.sqrt(across[None, :] ** 2 + down[:, None] ** 2) / radius
        self._blend(self._pixels[rows, columns], np.clip(1 - distance, 0, 1) ** 2 * opacity, colour)

    def haze(self, y: float, reach: float, colour: Colour, opacity: float) -> None:
        """A level veil, ``opacity`` at ``y`` and none at ``reach`` above and below. Regions stay as they are."""
        _, rows = self._window((0.0, y - reach, 1.0, y + reach))
        down = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / self.size - y
        self._blend(self._pixels[rows], (np.clip(1 - np.abs(down) / reach, 0, 1) ** 1.5 * opacity)[:, None], colour)

    def pixels(self) -> Pixels:
        """The picture as uint8 of shape (size, size, 3), sRGB."""
        return np.clip(np.rint(self._pixels), 0, 255).astype(np.uint8)

    def _window(self, bounds: Box) -> tuple[slice, slice]:
        """The columns and rows of pixels that ``bounds`` touch."""
        left, top, right, bottom = (
            min(max(edge, 0), self.size)
            for edge in (
                math.floor(bounds[0] * self.size),
                math.floor(bounds[1] * self.size),
                math.ceil(bounds[2] * self.size) + 1,
                math.ceil(bounds[3] * self.size) + 1,
            )
        )
        return slice(left, right), slice(top, bottom)

    def _paint(
        self,
        draw_on: Callable[[ImageDraw.ImageDraw, Placing], None],
        bounds: Box,
        colour: Colour,
        opacity: float,
        foot: Colour | None = None,
    ) -> None:
        # Drawing in the window that is touched, and not on the whole picture, makes small things cheap.
        columns, rows = self._window(bounds)
        width, height = columns.stop - columns.start, rows.stop - rows.start
        if width <= 0 or height <= 0:
            return
        image = Image.new("L", (width * SUPERSAMPLING, height * SUPERSAMPLING), 0)
        placing = Placing(float(self.size * SUPERSAMPLING), columns.start * SUPERSAMPLING, rows.start * SUPERSAMPLING)
        draw_on(ImageDraw.Draw(image), placing)
        coverage = np.asarray(image.reduce(SUPERSAMPLING), dtype=np.float32) * (opacity / 255.0)
        paint: Reals | Colour = colour
        if foot is not None:
            middles = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / self.size
            ramp = np.clip((middles - bounds[1]) / max(bounds[3] - bounds[1], 1e-6), 0, 1)[:, None, None]
            paint = np.array(colour, np.float32) * (1 - ramp) + np.array(foot, np.float32) * ramp
        self._blend(self._pixels[rows, columns], coverage, paint)
        if not self._veiled:
            self._owner[rows, columns][coverage >= 0.5] = self._open

    @staticmethod
    def _blend(part: npt.NDArray[np.float32], coverage: Reals, colour: Reals | Colour) -> None:
        part += coverage[..., None] * (np.asarray(colour, np.float32) - part)


@dataclass(frozen=True)
class Placing:
    """Where a point of the picture lies in a window of the supersampled drawing."""

    scale: float
    left: int
    top: int

    def __call__(self, x: float, y: float) -> Point:
        return (x * self.scale - self.left, y * self.scale - self.top)


def _bounds(points: Sequence[Point], width: float = 0.0) -> Box:
    """The smallest box around ``points`` and strokes of ``width`` through them."""
    if not points:
        return (0.0, 0.0, -1.0, -1.0)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs) - width, min(ys) - width, max(xs) + width, max(ys) + width)


def _draw_polygons(draw: ImageDraw.ImageDraw, at: Placing, shapes: Sequence[Sequence[Point]]) -> None:
    for points in shapes:
        draw.polygon([at(x, y) for x, y in points], fill=255)


def _draw_ellipses(draw: ImageDraw.ImageDraw, at: Placing, boxes: Sequence[Box]) -> None:
    for left, top, right, bottom in boxes:
        draw.ellipse((*at(left, top), *at(right, bottom)), fill=255)


def _draw_lines(draw: ImageDraw.ImageDraw, at: Placing, paths: Sequence[Sequence[Point]], width: float) -> None:
    radius = width * at.scale / 2
    for points in paths:
        scaled = [at(x, y) for x, y in points]
        draw.line(scaled, fill=255, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (scaled[0], scaled[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _draw_rings(draw: ImageDraw.ImageDraw, at: Placing, boxes: Sequence[Box], width: float) -> None:
    for left, top, right, bottom in boxes:
        draw.ellipse((*at(left, top), *at(right, bottom)), outline=255, width=max(1, round(width * at.scale)))

"""A small painter: soft-edged polygons and ellipses, gradients, and the region that each pixel belongs to.

Everything but gradients is drawn at four times the size and averaged down, which gives smooth edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

SUPERSAMPLING = 4

Colour = tuple[float, float, float]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Pixels = npt.NDArray[np.uint8]
Coverage = npt.NDArray[np.float32]
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

    def regions(self) -> tuple[Region, ...]:
        """The regions of which at least one pixel is seen, in the order of their painting."""
        return tuple(
            Region(label, self._owner == index, background)
            for index, (label, background) in enumerate(self._regions)
            if (self._owner == index).any()
        )

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0, end: float = 1.0) -> None:
        """Paint all rows between ``start`` and ``end`` with a vertical gradient."""
        first, last = round(start * self.size), max(round(end * self.size), round(start * self.size) + 1)
        ramp = np.linspace(0.0, 1.0, last - first, dtype=np.float32)[:, None, None]
        rows = self._pixels[first:last]
        rows[:] = (np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp)[: len(rows)]
        self._owner[first:last] = self._open

    def polygons(self, shapes: Sequence[Sequence[Point]], colour: Colour, opacity: float = 1.0) -> None:
        """Paint filled polygons in one go, which costs one mask however many they are."""
        self._paint(lambda draw, scale: _draw_polygons(draw, scale, shapes), colour, opacity)

    def ellipses(self, boxes: Sequence[Box], colour: Colour, opacity: float = 1.0) -> None:
        """Paint filled ellipses, each given as (left, top, right, bottom)."""
        self._paint(lambda draw, scale: _draw_ellipses(draw, scale, boxes), colour, opacity)

    def rectangles(self, boxes: Sequence[Box], colour: Colour, opacity: float = 1.0) -> None:
        """Paint filled rectangles, each given as (left, top, right, bottom)."""
        self.polygons([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes], colour, opacity)

    def lines(self, paths: Sequence[Sequence[Point]], colour: Colour, width: float, opacity: float = 1.0) -> None:
        """Paint strokes of ``width`` (a share of the side) with round joints and ends."""
        self._paint(lambda draw, scale: _draw_lines(draw, scale, paths, width), colour, opacity)

    def rings(self, boxes: Sequence[Box], colour: Colour, width: float, opacity: float = 1.0) -> None:
        """Paint the outlines of ellipses, ``width`` (a share of the side) wide."""
        self._paint(lambda draw, scale: _draw_rings(draw, scale, boxes, width), colour, opacity)

    def pixels(self) -> Pixels:
        """The picture as uint8 of shape (size, size, 3), sRGB."""
        return np.clip(np.rint(self._pixels), 0, 255).astype(np.uint8)

    def _paint(self, draw_on: Callable[[ImageDraw.ImageDraw, float], None], colour: Colour, opacity: float) -> None:
        large = self.size * SUPERSAMPLING
        image = Image.new("L", (large, large), 0)
        draw_on(ImageDraw.Draw(image), float(large))
        touched = image.getbbox()
        if touched is None:
            return
        # Averaging only the rectangle that was drawn into makes small things cheap.
        left, top = touched[0] // SUPERSAMPLING, touched[1] // SUPERSAMPLING
        right, bottom = -(-touched[2] // SUPERSAMPLING), -(-touched[3] // SUPERSAMPLING)
        window = image.crop(
            (left * SUPERSAMPLING, top * SUPERSAMPLING, right * SUPERSAMPLING, bottom * SUPERSAMPLING)
        )
        coverage: Coverage = np.asarray(window.reduce(SUPERSAMPLING), dtype=np.float32) * (opacity / 255.0)
        part = self._pixels[top:bottom, left:right]
        part += coverage[..., None] * (np.array(colour, np.float32) - part)
        self._owner[top:bottom, left:right][coverage >= 0.5] = self._open


def _draw_polygons(draw: ImageDraw.ImageDraw, scale: float, shapes: Sequence[Sequence[Point]]) -> None:
    for points in shapes:
        draw.polygon([(x * scale, y * scale) for x, y in points], fill=255)


def _draw_ellipses(draw: ImageDraw.ImageDraw, scale: float, boxes: Sequence[Box]) -> None:
    for left, top, right, bottom in boxes:
        draw.ellipse((left * scale, top * scale, right * scale, bottom * scale), fill=255)


def _draw_lines(draw: ImageDraw.ImageDraw, scale: float, paths: Sequence[Sequence[Point]], width: float) -> None:
    radius = width * scale / 2
    for points in paths:
        scaled = [(x * scale, y * scale) for x, y in points]
        draw.line(scaled, fill=255, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (scaled[0], scaled[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _draw_rings(draw: ImageDraw.ImageDraw, scale: float, boxes: Sequence[Box], width: float) -> None:
    for left, top, right, bottom in boxes:
        box = (left * scale, top * scale, right * scale, bottom * scale)
        draw.ellipse(box, outline=255, width=max(1, round(width * scale)))

"""An antialiased canvas: masks are drawn at four times the resolution, colours are mixed at one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

SUPERSAMPLING = 4

Point = tuple[float, float]
Colour = tuple[float, float, float]
Mask = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


class Canvas:
    """A square picture in the making. Coordinates run from 0 to 1, x to the right and y downwards."""

    def __init__(self, size: int, colour: Colour) -> None:
        """Fill ``size`` x ``size`` pixels with ``colour`` (sRGB, 0-255)."""
        self.size = size
        self._pixels = np.empty((size, size, 3), dtype=np.float32)
        self._pixels[:] = colour

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0, end: float = 1.0) -> None:
        """Paint all rows between ``start`` and ``end`` with a vertical gradient."""
        first, last = round(start * self.size), max(round(end * self.size), round(start * self.size) + 1)
        ramp = np.linspace(0.0, 1.0, last - first, dtype=np.float32)[:, None, None]
        self._pixels[first:last] = np.array(top, np.float32) * (1 - ramp) + np.array(bottom, np.float32) * ramp

    def polygons(self, shapes: Sequence[Sequence[Point]], colour: Colour, opacity: float = 1.0) -> None:
        """Paint filled polygons in one go, which costs one mask however many they are."""
        self._paint(lambda draw, scale: _draw_polygons(draw, scale, shapes), colour, opacity)

    def ellipses(
        self, boxes: Sequence[tuple[float, float, float, float]], colour: Colour, opacity: float = 1.0
    ) -> None:
        """Paint filled ellipses, each given as (left, top, right, bottom)."""
        self._paint(lambda draw, scale: _draw_ellipses(draw, scale, boxes), colour, opacity)

    def rectangles(
        self, boxes: Sequence[tuple[float, float, float, float]], colour: Colour, opacity: float = 1.0
    ) -> None:
        """Paint filled rectangles, each given as (left, top, right, bottom)."""
        self.polygons([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in boxes], colour, opacity)

    def pixels(self) -> Pixels:
        """The picture as uint8 of shape (size, size, 3), sRGB."""
        return np.clip(np.rint(self._pixels), 0, 255).astype(np.uint8)

    def _paint(self, draw_on: Callable[[ImageDraw.ImageDraw, float], None], colour: Colour, opacity: float) -> None:
        large = self.size * SUPERSAMPLING
        image = Image.new("L", (large, large), 0)
        draw_on(ImageDraw.Draw(image), float(large))
        mask: Mask = np.asarray(image.reduce(SUPERSAMPLING), dtype=np.float32)[..., None] * (opacity / 255.0)
        self._pixels += mask * (np.array(colour, np.float32) - self._pixels)


def _draw_polygons(draw: ImageDraw.ImageDraw, scale: float, shapes: Sequence[Sequence[Point]]) -> None:
    for points in shapes:
        draw.polygon([(x * scale, y * scale) for x, y in points], fill=255)


def _draw_ellipses(draw: ImageDraw.ImageDraw, scale: float, boxes: Sequence[tuple[float, float, float, float]]) -> None:
    for left, top, right, bottom in boxes:
        draw.ellipse((left * scale, top * scale, right * scale, bottom * scale), fill=255)

"""Masks as run lengths and outlines, in the pixels of the picture they belong to."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from segment_anything.utils.amg import mask_to_rle_pytorch

Mask = npt.NDArray[np.bool_]
Polygon = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Outline:
    """A mask of a whole picture, as `generation.engines.base.Segment` has it."""

    counts: tuple[int, ...]
    polygons: tuple[Polygon, ...]
    box: tuple[int, int, int, int]
    area: int


def outline(mask: Mask, width: int, height: int) -> Outline:
    """`mask` (rows, columns), brought to `width` × `height` pixels, and described.

    Its edges are as exact as they were: polygons leave out corners that stand out by less than a pixel of `mask`.
    """
    grown = _resize(mask, width, height)
    tolerance = max(1.0, width / mask.shape[1], height / mask.shape[0])
    left, top, columns, rows = cv2.boundingRect(grown)
    return Outline(_run_lengths(grown), _polygons(grown, tolerance), (left, top, columns, rows), int(grown.sum()))


def _resize(mask: Mask, width: int, height: int) -> npt.NDArray[np.uint8]:
    """0 and 1, (height, width)."""
    if mask.shape == (height, width):
        return mask.astype(np.uint8)
    smaller = width < mask.shape[1] or height < mask.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    shares = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=method)
    return np.greater(shares, 127).view(np.uint8)


def _run_lengths(mask: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """COCO's uncompressed run lengths: down the columns, zeros first."""
    # Laid out by columns beforehand, and in small blocks: the library's own way takes seconds for large masks.
    by_columns = torch.from_numpy(cv2.transpose(mask).view(np.bool_))
    [run_lengths] = mask_to_rle_pytorch(by_columns.T.unsqueeze(0))
    return tuple(run_lengths["counts"])


def _polygons(mask: npt.NDArray[np.uint8], tolerance: float) -> tuple[Polygon, ...]:
    """The outer edges of the parts of `mask`, through the middles of their outermost pixels; the largest first."""
    edges, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    simplified: list[Any] = [cv2.approxPolyDP(edge, tolerance, True) for edge in edges]
    simplified.sort(key=cv2.contourArea, reverse=True)
    return tuple(
        tuple((int(x), int(y)) for x, y in corners.reshape(-1, 2)) for corners in simplified if len(corners) >= 3
    )

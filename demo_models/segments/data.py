"""Pictures, clicks on them, and the masks that a click may mean. All are drawn anew for each step."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from demo_models.scenes.canvas import Mask, Region
from demo_models.scenes.compose import draw, random_scene

Numbers = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float32]

OUTSIDE = -1
# Shares of the pictures that are not square, mirrored, or worn as uploaded pictures are.
OBLONG_SHARE = 0.2
MIRRORED_SHARE = 0.5
WORN_SHARE = 0.25
# Regions below this share of the picture are clicked on less often than others.
SPECK_SHARE = 0.005


@dataclass(frozen=True)
class Batch:
    """``count`` pictures in the top left corner of a square of ``size`` pixels.

    ``pixels`` (count, 3, size, size) float32, 0-255; ``regions`` and ``parts`` (count, size, size) int32 number the
    region, and the connected part of a region, that each pixel belongs to: OUTSIDE where there is no picture.
    """

    pixels: Tensor
    regions: Tensor
    parts: Tensor


@dataclass(frozen=True)
class Clicks:
    """Clicks and what they mean, picture after picture: ``points`` (clicks, 1, 2) float32 are (x, y) in pixels.

    ``whole`` is the region that was hit, ``part`` what of it hangs together with the click, both (clicks, size, size)
    bool. They differ where something in front cuts a thing in two, and for groups such as books on two shelves.
    """

    points: Tensor
    whole: Tensor
    part: Tensor


def draw_batch(count: int, size: int, rng: random.Random) -> Batch:
    """New random scenes, some of them mirrored, cropped or worn."""
    pixels = np.zeros((count, size, size, 3), np.float32)
    regions = np.full((count, size, size), OUTSIDE, np.int32)
    parts = np.full((count, size, size), OUTSIDE, np.int32)
    for index in range(count):
        drawing = draw(random_scene(rng), rng, size)
        numbers, picture = number_regions(drawing.regions), drawing.pixels.astype(np.float32)
        if rng.random() < MIRRORED_SHARE:
            numbers, picture = numbers[:, ::-1], picture[:, ::-1]
        if rng.random() < OBLONG_SHARE:
            rows, columns = _oblong(size, rng)
            numbers, picture = numbers[rows, columns], picture[rows, columns]
        if rng.random() < WORN_SHARE:
            picture = _wear(picture, rng)
        height, width = numbers.shape
        pixels[index, :height, :width] = picture
        regions[index, :height, :width] = numbers
        parts[index, :height, :width] = number_parts(numbers)
    return Batch(torch.from_numpy(pixels).permute(0, 3, 1, 2), torch.from_numpy(regions), torch.from_numpy(parts))


def number_regions(regions: tuple[Region, ...]) -> Numbers:
    """One number for each region, at each of its pixels; (size, size)."""
    numbers = np.full(regions[0].mask.shape, OUTSIDE, np.int32)
    for number, region in enumerate(regions):
        numbers[region.mask] = number
    return numbers


def number_parts(regions: Numbers) -> Numbers:
    """Numbers of the connected parts of each region; pixels hang together along their sides."""
    parts = np.full(regions.shape, OUTSIDE, np.int32)
    used = 0
    for number in np.unique(regions):
        inside = regions == number
        found, labels = connected_parts(inside)
        parts[inside] = labels[inside] - 1 + used
        used += found
    return parts


def connected_parts(mask: Mask) -> tuple[int, Numbers]:
    """How many connected parts ``mask`` has, and their numbers from 1 on; 0 outside it."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return count - 1, np.asarray(labels, np.int32)


def normalise(pixels: Tensor, regions: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Pixels as ``Sam.preprocess`` gives them to the encoder: normalised, and zero where there is no picture."""
    inside = (regions != OUTSIDE).unsqueeze(1)
    return (pixels - mean) / deviation * inside


def choose_clicks(batch: Batch, per_picture: int, generator: torch.Generator) -> Clicks:
    """Clicks at random, each region as often as any other, whatever its size; specks less often, by their area."""
    count, size, _ = batch.regions.shape
    inside = batch.regions != OUTSIDE
    numbers = torch.where(inside, batch.regions, 0).flatten(1).long()
    areas = torch.zeros(count, int(numbers.max()) + 1).scatter_add_(1, numbers, inside.flatten(1).float())
    weights = areas.gather(1, numbers).clamp(min=SPECK_SHARE * size * size).reciprocal() * inside.flatten(1)
    places = torch.multinomial(weights, per_picture, replacement=True, generator=generator)
    points = torch.stack([places % size, places // size], dim=-1).reshape(-1, 1, 2).float()
    whole, part = (_pixels_like(numbers, places) for numbers in (batch.regions, batch.parts))
    return Clicks(points, whole, part)


def shrink(masks: Tensor, side: int) -> Tensor:
    """Masks (..., size, size) as the covered share, 0-1, of each of ``side`` x ``side`` cells; float32."""
    return F.adaptive_avg_pool2d(masks.float(), side)


def _pixels_like(numbers: Tensor, places: Tensor) -> Tensor:
    hit = numbers.flatten(1).gather(1, places)
    same = numbers.unsqueeze(1) == hit[:, :, None, None]
    return same.flatten(0, 1)


def _oblong(size: int, rng: random.Random) -> tuple[slice, slice]:
    """Rows and columns of a crop that has the full size one way and at least half of it the other way."""
    kept = rng.randint(size // 2, size - 1)
    start = rng.randint(0, size - kept)
    crop, full = slice(start, start + kept), slice(0, size)
    return (crop, full) if rng.random() < 0.5 else (full, crop)


def _wear(picture: Reals, rng: random.Random) -> Reals:
    """Another brightness and contrast, blur or noise: pictures that are generated or uploaded are not exact."""
    worn = (np.ascontiguousarray(picture) - 128) * rng.uniform(0.75, 1.2) + 128 + rng.uniform(-20, 20)
    kind = rng.random()
    if kind < 0.4:
        worn = np.asarray(cv2.GaussianBlur(worn, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
    elif kind < 0.8:
        noise = np.random.default_rng(rng.getrandbits(64)).standard_normal(worn.shape, np.float32)
        worn += noise * rng.uniform(1, 8)
    clipped: Reals = np.clip(worn, 0, 255)
    return clipped

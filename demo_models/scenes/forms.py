"""Forms that several places share. Lengths are shares of the picture's side, y downwards."""

from __future__ import annotations

import math
import random

from demo_models.scenes.canvas import Box, Point


def disc(x: float, y: float, radius: float, flat: float = 1.0) -> Box:
    """The box of an ellipse that is ``flat`` times as high as wide."""
    return (x - radius, y - radius * flat, x + radius, y + radius * flat)


def steps(start: float, end: float, step: float) -> list[float]:
    """``start``, ``start + step``, … below ``end``."""
    return [start + step * index for index in range(max(0, math.ceil((end - start) / step - 1e-9)))]


def swell(y: float, height: float, length: float, phase: float, tilt: float = 0.0) -> list[Point]:
    """A sine from the left edge to the right, ``height`` up and down; ``tilt`` lowers its right end."""
    return [
        (x / 24, y + tilt * (x / 24 - 0.5) + height * math.sin(phase + 2 * math.pi * x / 24 / length))
        for x in range(25)
    ]


def crests(y: float, height: float, length: float, phase: float) -> list[Point]:
    """Waves with round troughs and pointed crests, as the sea has, from the left edge to the right."""
    return [(x / 48, y - height * (1 - abs(math.sin(phase + math.pi * x / 48 / length))) ** 1.4) for x in range(49)]


def below(edge: list[Point], bottom: float = 1.0) -> list[Point]:
    """The polygon between ``edge``, which runs from left to right, and ``bottom``."""
    return [*edge, (edge[-1][0], bottom), (edge[0][0], bottom)]


def ribbon(edge: list[Point], thickness: float) -> list[Point]:
    """A band under ``edge``, ``thickness`` wide."""
    return [*edge, *((x, y + thickness) for x, y in reversed(edge))]


def hill(x: float, foot: float, half: float, height: float) -> list[Point]:
    """A round hill ``2 * half`` wide."""
    return [(x + half * step / 10, foot - height * math.cos(math.pi * step / 20) ** 1.3) for step in range(-10, 11)]


def conifer(x: float, foot: float, height: float) -> list[list[Point]]:
    """The three tiers of a fir, without its trunk."""
    top = foot - height
    return [
        [(x, top + start * height), (x + half * height, top + end * height), (x - half * height, top + end * height)]
        for start, end, half in ((0.0, 0.46, 0.15), (0.24, 0.72, 0.21), (0.48, 0.94, 0.27))
    ]


def puffs(x: float, y: float, width: float, rng: random.Random) -> list[Box]:
    """The discs of a cloud, ``2 * width`` wide, with a level foot at ``y``."""
    boxes = []
    for at, radius in ((-0.62, 0.36), (-0.18, 0.52), (0.3, 0.46), (0.66, 0.32)):
        reach = radius * width * rng.uniform(0.9, 1.1)
        boxes.append((x + at * width - reach, y - 1.45 * reach, x + at * width + reach, y + 0.25 * reach))
    boxes.append((x - width, y - 0.34 * width, x + width, y + 0.14 * width))
    return boxes

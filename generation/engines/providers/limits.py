"""Bringing a request to what a provider takes: the nearest value, and a sentence for everything that was changed."""

from collections.abc import Iterable
from math import log

Size = tuple[int, int]

# What requests say that name no steps and no guidance: nobody misses these.
_USUAL_STEPS = 30
_USUAL_GUIDANCE = (7.5, 8.0)


class Limits:
    """Clamps values one after the other; `warnings` are the sentences about those that changed."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def between(self, name: str, value: float, low: float, high: float) -> float:
        """`value`, or the bound that it is beyond."""
        near = min(max(value, low), high)
        if near != value:
            self.warnings.append(f"{name} goes from {low:g} to {high:g} with this model: {value:g} became {near:g}.")
        return near

    def seed(self, seed: int, largest: int) -> int:
        """`seed`, folded into 0 – `largest`: clamped, most large seeds would be one."""
        near = seed % (largest + 1)
        if near != seed:
            self.warnings.append(f"Seeds end at {largest} with this model: {seed} became {near}.")
        return near

    def text(self, name: str, text: str, longest: int) -> str:
        """`text`, or its beginning."""
        if len(text) > longest:
            self.warnings.append(f"{name} has at most {longest} characters with this model: the rest was left out.")
        return text[:longest]

    def without_steps(self, steps: int) -> None:
        """The provider takes no number of steps."""
        if steps != _USUAL_STEPS:
            self.warnings.append(f"This model chooses its own number of steps: {steps} was not used.")

    def without_guidance(self, guidance: float) -> None:
        """The provider takes no guidance scale."""
        if guidance not in _USUAL_GUIDANCE:
            self.warnings.append(f"This model chooses its own guidance: {guidance:g} was not used.")

    def made(self, asked: Size, made: Size) -> None:
        """The picture came in another size than `asked` (width, height)."""
        if asked != made:
            near = f"{made[0]} × {made[1]} is the nearest"
            self.warnings.append(f"This model does not make {asked[0]} × {asked[1]} pixels: {near}.")


def nearest_size(sizes: Iterable[Size], asked: Size) -> Size:
    """The size (width, height) that is nearest in shape and area: another shape counts more than another area."""

    def distance(size: Size) -> tuple[float, Size]:
        shape = log(size[0] / size[1]) - log(asked[0] / asked[1])
        area = log(size[0] * size[1]) - log(asked[0] * asked[1])
        return (4 * shape) ** 2 + area**2, size

    return min(sizes, key=distance)


def nearest_ratio(ratios: Iterable[str], asked: Size) -> str:
    """The aspect ratio of `ratios` ("16:9") that is nearest to that of `asked`."""

    def distance(ratio: str) -> float:
        width, height = map(int, ratio.split(":"))
        return abs(log(width / height) - log(asked[0] / asked[1]))

    return min(ratios, key=distance)

"""Bar charts as plain figures, which a template draws as SVG: no script, no style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

BAR_WIDTH = 8
_GAP = 2
HEIGHT = 64
# A day with anything at all is seen.
_LEAST_HEIGHT = 2


@dataclass(frozen=True)
class Bar:
    """One bar: its place in the drawing, and what it says when one points at it."""

    x: int
    y: int
    height: int
    title: str


@dataclass(frozen=True)
class Chart:
    """A drawing of `width` × `height` units. `sentence` says it all to those who do not see it."""

    title: str
    sentence: str
    width: int
    height: int
    bars: tuple[Bar, ...]


def bar_chart(title: str, sentence: str, values: Sequence[tuple[str, float, str]]) -> Chart:
    """A chart of (label, value, value as text), from left to right; the highest bar fills the height."""
    highest = max((value for _, value, _ in values), default=0.0)
    bars = []
    for number, (label, value, text) in enumerate(values):
        if value <= 0:
            continue
        height = max(_LEAST_HEIGHT, round(HEIGHT * value / highest))
        bars.append(Bar(number * (BAR_WIDTH + _GAP), HEIGHT - height, height, f"{label}: {text}"))
    return Chart(title, sentence, max(1, len(values) * (BAR_WIDTH + _GAP) - _GAP), HEIGHT, tuple(bars))

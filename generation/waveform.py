"""A waveform as a page draws it: one path of bars."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
_STEP, _BAR = 4, 2.4
# Silence is a line, not nothing.
_LOWEST = 1.0


@dataclass(frozen=True)
class Waveform:
    """Bars of a sound, their heights 0–1, drawn in units of an SVG's view box."""

    bars: Sequence[float]

    @property
    def width(self) -> int:
        return len(self.bars) * _STEP

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def path(self) -> str:
        """The `d` of a path: a rectangle for each bar, around the middle line."""
        return "".join(self._bar(index * _STEP, level) for index, level in enumerate(self.bars))

    @staticmethod
    def _bar(left: int, level: float) -> str:
        reach = max(_LOWEST, round(level * HEIGHT / 2, 1))
        return f"M{left} {HEIGHT / 2 - reach:g}h{_BAR:g}v{2 * reach:g}h-{_BAR:g}z"

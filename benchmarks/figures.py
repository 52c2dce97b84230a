"""What a benchmark measures, and the table that shows it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured value next to its peer. `ratio` is ours ÷ peer, or ours ÷ bound where the peer is a bound.

    `target` is the greatest (or with `at_least` the smallest) ratio that meets the goal.
    """

    bench: str
    name: str
    ours: float
    peer: float
    unit: str
    target: float
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.peer if self.peer else float("inf")

    @property
    def met(self) -> bool:
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


def table(figures: list[Figure]) -> str:
    """The figures as text, one a line."""
    rows = [("bench", "name", "ours", "peer", "ratio", "target", "")]
    for figure in figures:
        sign = "≥" if figure.at_least else "≤"
        rows.append(
            (
                figure.bench,
                figure.name,
                f"{figure.ours:.4g} {figure.unit}",
                f"{figure.peer:.4g} {figure.unit}",
                f"{figure.ratio:.3f}",
                f"{sign} {figure.target:g}",
                ("met" if figure.met else "NOT MET") + (f" ({figure.note})" if figure.note else ""),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def paired(ours: Callable[[], float], peer: Callable[[], float], *, rounds: int) -> tuple[float, float, float]:
    """Both in turn, A B A B …: the medians of ours and of the peer, and the median of the ratios pair by pair."""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return (
        median(first for first, _ in pairs),
        median(second for _, second in pairs),
        median(first / second for first, second in pairs),
    )

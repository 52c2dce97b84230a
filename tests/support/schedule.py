"""Which tests run side by side: files on any of xdist's workers, but all that start an Atelier on one, in turn.

Two Ateliers at once, with their workers, would leave each a fraction of a core on a small machine. Browsers have a turn
of their own: they share one Atelier, which mostly waits for them.
"""

import functools
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]
# The pieces of work that somebody begins with, by the mark in their files, and where they come in the order.
_TURNS = ("browser", "processes")


class InTurn(LoadScopeScheduling):
    """Hands out whole files; those of one turn are one piece of work."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        # In the order of the collection: see `first`.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return turn_of(path) or path


def first(items: list[pytest.Item]) -> None:
    """Let the turns come first, their files in the order that they have, then files with the most tests."""
    size: dict[Path, int] = {}
    for item in items:
        size[item.path] = size.get(item.path, 0) + 1

    def place(item: pytest.Item) -> tuple[int, int]:
        turn = turn_of(item.nodeid.partition("::")[0])
        return (_TURNS.index(turn), 0) if turn else (len(_TURNS), -size[item.path])

    items.sort(key=place)


@functools.cache
def turn_of(path: str) -> str | None:
    """The turn of a file, named from the root of the repository; None where none of its tests starts an Atelier."""
    text = (ROOT / path).read_text()
    return next((turn for turn in _TURNS if f"pytest.mark.{turn}" in text), None)

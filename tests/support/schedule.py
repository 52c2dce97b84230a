"""Which tests run side by side: files on any of xdist's workers, but all that start an Atelier on one, in turn.

Two Ateliers at once, with their workers, would leave each a fraction of a core on a small machine.
"""

import functools
import re
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = "processes"
_MARK = re.compile(r"\bmark\.(processes|browser)\b")


class InTurn(LoadScopeScheduling):
    """Hands out whole files; those that start processes are one piece of work, which somebody begins with."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        # In the order of the collection, where that piece comes first: see `first`.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return PROCESSES if starts_processes(path) else path


def first(items: list[pytest.Item]) -> None:
    """Let files that start processes come first, in the order that they have, then those with the most tests."""
    size: dict[Path, int] = {}
    for item in items:
        size[item.path] = size.get(item.path, 0) + 1

    def place(item: pytest.Item) -> tuple[bool, int]:
        heavy = starts_processes(item.nodeid.partition("::")[0])
        return not heavy, 0 if heavy else -size[item.path]

    items.sort(key=place)


@functools.cache
def starts_processes(path: str) -> bool:
    """Whether a test of this file, named from the root of the repository, may start an Atelier."""
    return _MARK.search((ROOT / path).read_text()) is not None

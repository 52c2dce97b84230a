"""Which files this process touches: CPython tells audit hooks of them, whoever opens them from Python."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# https://docs.python.org/3/library/audit_events.html
_EVENTS = {
    "open", "os.chdir", "os.chmod", "os.chown", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.scandir", "os.symlink", "os.truncate", "os.utime", "shutil.copyfile", "shutil.move",
    "shutil.rmtree", "sqlite3.connect",
}  # fmt: skip
_watchers: list[list[str]] = []
_installed = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watchers or event not in _EVENTS:
        return
    for argument in arguments[:2]:
        if isinstance(argument, str | bytes | os.PathLike):
            name = os.fsdecode(argument)
            for touched in _watchers:
                touched.append(name)


@contextmanager
def watched_files() -> Iterator[list[str]]:
    """The names of the files and folders that are touched while the context lasts, as they were asked for."""
    global _installed
    if not _installed:  # a hook cannot be taken away again
        sys.addaudithook(_hook)
        _installed = True
    touched: list[str] = []
    _watchers.append(touched)
    try:
        yield touched
    finally:
        _watchers.remove(touched)


def outside(touched: list[str], allowed: list[Path]) -> set[str]:
    """Those of `touched` that lie in none of the folders `allowed`, links followed. Modes and flags are no paths."""
    roots = [os.path.realpath(folder) for folder in allowed]
    found = set()
    for name in touched:
        if "/" not in name and "\\" not in name:
            continue
        real = os.path.realpath(name)
        if not any(real == folder or real.startswith(folder + "/") for folder in roots):
            found.add(name)
    return found

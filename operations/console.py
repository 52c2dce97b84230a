"""What `manage.py start` prints: the lines of all its children, each with the name of the one that wrote it."""

import os
import sys
from typing import TextIO

# Cyan, green, magenta, yellow, blue; one for each name in the order of appearance.
_COLOURS = ("36", "32", "35", "33", "34")
# A line without an end is cut here, so that a child cannot fill our memory.
_LONGEST_LINE = 16_384


class Console:
    """Writes `name     | line`; colours only on a terminal, and not where NO_COLOR is set (no-color.org)."""

    def __init__(self, width: int, stream: TextIO | None = None) -> None:
        self._width = width
        self._stream = stream or sys.stdout
        self._colours: dict[str, str] = {}
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def write(self, name: str, line: str) -> None:
        """One line of `name`. A reader that went away is no reason to stop."""
        prefix = f"{name:<{self._width}} |"
        if self._coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            self._stream.write(f"{prefix} {line}\n")
            self._stream.flush()
        except OSError:
            pass


class LineSplitter:
    """Bytes as they come from a pipe → lines. A carriage return ends a line too: progress bars use it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes; empty ones are left out."""
        *lines, self._rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        while len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]
        return [line.decode(errors="replace").rstrip() for line in lines if line.strip()]

    def close(self) -> list[str]:
        """What is left at the end."""
        return self.feed(b"\n")

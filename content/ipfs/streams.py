"""Pieces of bytes as a file that can be read once, from its beginning."""

from collections.abc import Iterable
from io import RawIOBase
from typing import Any


class PieceReader(RawIOBase):
    """Reads what `pieces` yield. Memory holds one piece; what they raise, reading raises."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as one piece goes; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

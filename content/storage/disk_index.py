"""Where things are, by their digest, for more of them than memory should hold: a table in a file that has no name."""

import sqlite3


class DiskIndex:
    """Digest → position and length. One thread at a time, but any; closed with its last reference."""

    def __init__(self) -> None:
        # The empty name is a private file that SQLite makes once its cache is full, and removes.
        self._table = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._table.execute("PRAGMA journal_mode=OFF")
        self._table.execute(
            "CREATE TABLE places (digest BLOB PRIMARY KEY, position INTEGER, length INTEGER) WITHOUT ROWID"
        )

    def add(self, digest: bytes, /, position: int = 0, length: int = 0) -> None:
        """Take `digest` in; the first place of it stays."""
        self._table.execute("INSERT OR IGNORE INTO places VALUES (?, ?, ?)", (digest, position, length))

    def find(self, digest: bytes) -> tuple[int, int] | None:
        """Position and length; None for a digest that is not here."""
        row: tuple[int, int] | None = self._table.execute(
            "SELECT position, length FROM places WHERE digest = ?", (digest,)
        ).fetchone()
        return row

    def __contains__(self, digest: object, /) -> bool:
        return isinstance(digest, bytes) and self.find(digest) is not None

    def close(self) -> None:
        """Remove the table."""
        self._table.close()

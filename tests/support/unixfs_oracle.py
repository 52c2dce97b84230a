"""ipfs-unixfs-importer as an oracle: an independent implementation of what `content.storage.unixfs` does."""

import json
import subprocess
from pathlib import Path
from typing import Self

from tests.support.children import die_with_parent
from tests.support.node import node_command

_SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "node" / "unixfs_importer.mjs"


class UnixfsOracle:
    """One process of Node for many files. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "file"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            node_command(str(_SCRIPT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def cid(self, data: bytes, *, chunk: int, links: int) -> str:
        """The root's CID of `data` in chunks of `chunk` bytes and nodes of at most `links` links."""
        self._path.write_bytes(data)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"path": str(self._path), "chunk": chunk, "links": links}) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

"""A disk that is full, by the kernel itself: a small file system where one can be mounted, and a limit of sizes."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from content.storage.blocks import DiskStore


@contextmanager
def limited_blocks(limit: int = 300_000) -> Iterator[None]:
    """While a block is written, no file of this process may grow beyond `limit` bytes: EFBIG in the middle of a block.

    Whoever runs the tests may set that limit. It holds for the writing of blocks alone: the database of the tests is a
    file of this process, too.
    """
    write = DiskStore._write

    def limited(*arguments: Any) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            write(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with patch.object(DiskStore, "_write", limited):
        yield


@contextmanager
def filled(folder: Path, left: int = 300_000) -> Iterator[None]:
    """Fill the file system that `folder` is the root of (see `small_disk`), up to `left` bytes: ENOSPC beyond them."""
    weight = folder / "weight"
    with weight.open("wb") as file:
        file.write(bytes(max(shutil.disk_usage(folder).free - left, 0)))
    try:
        yield
    finally:
        weight.unlink()


@contextmanager
def small_disk(folder: Path, size: int = 8 * 2**20) -> Iterator[None]:
    """Mount an empty file system of `size` bytes at `folder`. Root alone may, and not in every container."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount(folder, size)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@cache
def can_mount() -> bool:
    """Whether `small_disk` works here."""
    if shutil.which("mount") is None:
        return False
    with TemporaryDirectory(prefix="atelier-mount-") as name:
        try:
            with small_disk(Path(name), 2**20):
                return True
        except subprocess.CalledProcessError:
            return False


def _mount(folder: Path, size: int) -> None:
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True, capture_output=True)

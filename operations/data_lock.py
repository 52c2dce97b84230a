"""One running Atelier per data folder: a lock that the kernel drops with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.errors import CannotStart


@contextmanager
def data_lock(folder: Path) -> Iterator[None]:
    """Hold `folder`'s lock. Raises `CannotStart` where another process holds it, and names that process."""
    path = folder / "lock"
    # Not inherited by children (PEP 446), so that none of them can keep the folder locked after our end.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "another process"
            raise CannotStart(
                f"The data folder {folder} is in use by process {holder}: "
                "stop that Atelier, or set ATELIER_DATA_DIR to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)

"""The embedded block store: one file a block under `settings.BLOCKS_DIR`, read back only if its hash is right.

A block's file is named by its digest, so that the same bytes are one file. The modification time says when a block was
last stored: the collector leaves young blocks alone, because their row may not be written yet.
"""

import errno
import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from content.errors import DamagedBlock, MissingBlock, StorageFull, UnreadableBytes
from content.storage.cids import SHA2_256, Cid

logger = logging.getLogger(__name__)

# Our blocks are chunks of 1 MiB, or nodes of at most 1024 links (about 60 kB).
LARGEST_BLOCK = 2 * 2**20
# EFBIG: the size that this process may write (ulimit -f) is a limit of the disk to whoever stores.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A temporary file that is older belongs to a process that died while it wrote.
_ABANDONED_SECONDS = 3600


class BlockStore:
    """Blocks in `folder`, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts = folder / "tmp"

    def put(self, cid: Cid, data: bytes | memoryview) -> None:
        """Store a block, or renew it where it is there and sound. Afterwards it is on disk, whatever loses power.

        Raises `StorageFull` where there is no room; nothing partial is left then.
        """
        path = self._path(cid.digest)
        if self._renew(path, data):
            return
        try:
            self._make(path.parent)
            self._make(self._drafts)
            self._write(path, data)
        except OSError as error:
            if error.errno in _NO_ROOM:
                logger.error("no room for a block of %d bytes in %s: %s", len(data), self._folder, error)
                raise StorageFull from error
            raise

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, verified. Raises `MissingBlock`, `DamagedBlock` or `UnreadableBytes`."""
        if cid.is_identity:
            return cid.digest
        if cid.hash_code != SHA2_256:
            raise MissingBlock
        try:
            with self._path(cid.digest).open("rb") as file:
                data = file.read(LARGEST_BLOCK + 1)
        except FileNotFoundError as error:
            logger.error("block %s is missing", cid)
            raise MissingBlock from error
        except OSError as error:
            logger.error("block %s cannot be read: %s", cid, error)
            raise UnreadableBytes from error
        if hashlib.sha256(data).digest() != cid.digest:
            logger.error("block %s is damaged", cid)
            raise DamagedBlock
        return data

    def unrenewed_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were last stored before `moment` (seconds since the epoch), a shard at a time."""
        for shard in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            with os.scandir(shard) as entries:
                old = {bytes.fromhex(entry.name) for entry in entries if entry.stat().st_mtime < moment}
            if old:
                yield old

    def remove_if_unrenewed(self, digest: bytes, moment: float) -> bool:
        """Remove a block unless it was stored at or after `moment`; says whether it went."""
        path = self._path(digest)
        # While this is held nobody renews: between the look and the removal no store can count on the file.
        with self._lock(fcntl.LOCK_EX):
            try:
                if path.stat().st_mtime >= moment:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def remove_abandoned(self, now: float) -> None:
        """Remove temporary files of processes that died while they wrote."""
        for draft in self._drafts.glob("*"):
            try:
                if draft.stat().st_mtime < now - _ABANDONED_SECONDS:
                    draft.unlink()
            except FileNotFoundError:
                continue

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name

    def _renew(self, path: Path, data: bytes | memoryview) -> bool:
        with self._lock(fcntl.LOCK_SH):
            try:
                # Bytes that have rotted are written anew: storing heals.
                if path.stat().st_size != len(data) or path.read_bytes() != data:
                    return False
                os.utime(path)
            except FileNotFoundError:
                return False
        _sync_folder(path.parent)  # whoever wrote it may not have come that far
        return True

    def _write(self, path: Path, data: bytes | memoryview) -> None:
        descriptor, draft = tempfile.mkstemp(dir=self._drafts)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            with self._lock(fcntl.LOCK_SH):
                os.utime(draft)  # the clock of age starts when the block is in its place
                os.replace(draft, path)
        except BaseException:
            os.unlink(draft)
            raise
        _sync_folder(path.parent)

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            return
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def block_store() -> BlockStore:
    """The store that the settings name."""
    return BlockStore(Path(settings.BLOCKS_DIR))

"""What a block store does, and the embedded one: one file a block under `settings.BLOCKS_DIR`.

A block's file is named by its digest, so that the same bytes are one file. The modification time says when a block was
last stored: the collector leaves young blocks alone, because their row may not be written yet.
`content.storage.objects` is the store in object storage.
"""

import errno
import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

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


class BlockSource(Protocol):
    """Where blocks are read from: the store, or an archive."""

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, verified. Raises `MissingBlock`, `DamagedBlock` or `UnreadableBytes`."""


class BlockStore(BlockSource, Protocol):
    """Blocks by their digests, read back only if their hash is right. Processes and threads may share it.

    A store that is elsewhere raises `StorageUnavailable` from each method while it is away.
    """

    def put(self, cid: Cid, data: bytes | memoryview) -> None:
        """Store a block, or renew it where it is there; one that has rotted is healed. Afterwards it is kept.

        Raises `StorageFull` where there is no room; nothing partial is left then.
        """

    def unrenewed_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were last stored before `moment` (seconds since the epoch), some at a time."""

    def remove_if_unrenewed(self, digest: bytes, moment: float) -> bool:
        """Remove a block unless it was stored at or after `moment`; says whether it went.

        A store that cannot do so at one stroke sets it aside, where `get` finds it, until it is dropped.
        """

    def remove_abandoned(self, now: float) -> None:
        """Remove what processes left that died while they wrote."""

    def aside_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were set aside before `moment`, some at a time."""

    def drop(self, digest: bytes) -> None:
        """Remove a block that was set aside."""

    def signed_url(self, cid: Cid, *, media_type: str, disposition: str) -> str | None:
        """A URL by which whoever has it reads the block elsewhere for a while, with these headers; None: there is none.

        Only where the other place vouches for the block's hash.
        """


class DiskStore:
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
        return verified(cid, data)

    def unrenewed_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were last stored before `moment` (seconds since the epoch), a shard at a time."""
        for shard in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            old = set()
            with os.scandir(shard) as entries:
                for entry in entries:
                    # Another collector may be faster.
                    with suppress(FileNotFoundError):
                        if entry.stat().st_mtime < moment:
                            old.add(bytes.fromhex(entry.name))
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

    def aside_since(self, moment: float) -> Iterator[set[bytes]]:
        """Nothing: this store removes at one stroke."""
        return iter(())

    def drop(self, digest: bytes) -> None:
        """Nothing: this store sets none aside."""

    def signed_url(self, cid: Cid, *, media_type: str, disposition: str) -> str | None:
        """None: the disk answers nobody itself."""
        return None

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


def verified(cid: Cid, data: bytes) -> bytes:
    """`data`, if it has the SHA-256 that `cid` states. Raises `DamagedBlock`."""
    if hashlib.sha256(data).digest() != cid.digest:
        logger.error("block %s is damaged", cid)
        raise DamagedBlock
    return data


def disk_store() -> DiskStore:
    """The store in the data folder."""
    return DiskStore(Path(settings.BLOCKS_DIR))


def block_store() -> BlockStore:
    """The store that the settings name: the bucket of `S3_BUCKET`, else the data folder."""
    if "blocks" not in settings.STORAGES:
        return disk_store()
    # Here, as boto3 takes 30 MB, and only this needs it.
    from content.storage.objects import object_store

    return object_store()

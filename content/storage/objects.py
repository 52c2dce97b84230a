"""The block store in object storage: one object a block, for any number of machines.

An object is named by its block's digest; when it was last written says when the block was last stored. S3 has no lock
and cannot delete an object on condition that it was not written again: a block that nobody needs is set aside first,
where reading still finds it, and dropped a grace period later, when every row that could need it can be seen.
"""

import logging
from collections.abc import Iterator
from typing import cast

from django.core.files.storage import storages

from content.errors import MissingBlock
from content.storage.blocks import LARGEST_BLOCK, verified
from content.storage.bucket import Bucket, SharedS3Storage
from content.storage.cids import SHA2_256, Cid

logger = logging.getLogger(__name__)

_PLACE, _ASIDE = "blocks/", "aside/"


class ObjectStore:
    """Blocks in `bucket`; signed URLs are those of `outside`, the same bucket as clients reach it."""

    def __init__(self, bucket: Bucket, outside: Bucket | None = None) -> None:
        self._bucket = bucket
        self._outside = outside or bucket

    def put(self, cid: Cid, data: bytes | memoryview) -> None:
        """Store a block, or renew it: one request, whether it is there or not.

        Raises `StorageFull` and `StorageUnavailable`; nothing partial is left then.
        """
        self._bucket.put(_name(cid.digest), bytes(data), sha256=cid.digest)

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, verified. Raises `MissingBlock`, `DamagedBlock` or `StorageUnavailable`."""
        if cid.is_identity:
            return cid.digest
        if cid.hash_code != SHA2_256:
            raise MissingBlock
        data = self._bucket.get(_name(cid.digest), limit=LARGEST_BLOCK + 1)
        if data is not None:
            return verified(cid, data)
        data = self._bucket.get(_name(cid.digest, _ASIDE), limit=LARGEST_BLOCK + 1)
        if data is None:
            logger.error("block %s is missing", cid)
            raise MissingBlock
        # It was stored again at the moment when it was set aside.
        self.put(cid, verified(cid, data))
        return data

    def unrenewed_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were last stored before `moment` (seconds since the epoch), a page at a time."""
        yield from self._unwritten_since(moment, _PLACE)

    def remove_if_unrenewed(self, digest: bytes, moment: float) -> bool:
        """Set a block aside unless it was stored at or after `moment`; says whether it went."""
        name = _name(digest)
        head = self._bucket.head(name)
        if head is None or head.written_at + 1 > moment:
            return False
        if not self._bucket.copy(name, _name(digest, _ASIDE)):
            return False
        self._bucket.delete(name)
        return True

    def remove_abandoned(self, now: float) -> None:
        """Nothing: an object is there whole, or not at all."""

    def aside_since(self, moment: float) -> Iterator[set[bytes]]:
        """Digests of the blocks that were set aside before `moment`, a page at a time."""
        yield from self._unwritten_since(moment, _ASIDE)

    def drop(self, digest: bytes) -> None:
        """Remove a block that was set aside. If it was stored again meanwhile, that stays."""
        self._bucket.delete(_name(digest, _ASIDE))

    def signed_url(self, cid: Cid, *, media_type: str, disposition: str) -> str | None:
        """A URL of the block that the storage answers itself, with these headers.

        None where the storage does not vouch that what it has is what the CID names: then `get` finds out.
        """
        head = self._bucket.head(_name(cid.digest))
        if head is None or head.sha256 != cid.digest:
            return None
        return self._outside.signed_url(
            _name(cid.digest),
            ResponseContentType=media_type,
            ResponseContentDisposition=disposition,
            ResponseCacheControl="private, no-store",
        )

    def _unwritten_since(self, moment: float, folder: str) -> Iterator[set[bytes]]:
        for page in self._bucket.pages(folder):
            # An object was written in the second that follows its time.
            old = {entry.name for entry in page if entry.written_at + 1 <= moment}
            digests = {digest for digest in map(_digest, old) if digest is not None}
            if digests:
                yield digests


def _name(digest: bytes, folder: str = _PLACE) -> str:
    text = digest.hex()
    return f"{folder}{text[:2]}/{text}"


def _digest(name: str) -> bytes | None:
    """What `_name` was made of; None for what lies there by another hand, which is left alone."""
    text = name.rpartition("/")[2]
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == 32 and name.endswith(f"/{text[:2]}/{digest.hex()}") else None


def configured_bucket(alias: str = "blocks") -> Bucket:
    """The bucket of `S3_BUCKET`; as `signed-urls`, at the address where clients reach it."""
    return Bucket(cast(SharedS3Storage, storages[alias]))


def object_store() -> ObjectStore:
    """The store in the bucket of `S3_BUCKET`."""
    return ObjectStore(configured_bucket(), configured_bucket("signed-urls"))

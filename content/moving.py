"""Every block from one store to another: from the data folder into a bucket, or back."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from enum import StrEnum
from itertools import chain

from content.errors import UnreadableBytes
from content.storage.blocks import BlockStore
from content.storage.cids import RAW, SHA2_256, Cid
from content.storage.disk_index import DiskIndex

# Requests on their way at once: a bucket far away answers each after some tens of milliseconds.
_AT_ONCE = 8


class Outcome(StrEnum):
    """What became of a block."""

    COPIED = "copied"
    PRESENT = "present"
    UNREADABLE = "unreadable"


def copy_blocks(*, source: BlockStore, target: BlockStore) -> Iterator[tuple[Cid, Outcome]]:
    """Copy each block that `target` has not, verified on its way; one at a time, as they come. Nothing is removed.

    It may be broken off and done again, and run while Atelier does. A block that is damaged, or was collected
    meanwhile, stays behind. Memory holds some of the digests and a block for each of the threads. Raises `StorageFull`
    and `StorageUnavailable`.
    """
    with closing(DiskIndex()) as there, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copy") as threads:
        for digests in target.unrenewed_since(math.inf):
            for digest in digests:
                there.add(digest)

        def copy(cid: Cid) -> Outcome:
            try:
                target.put(cid, source.get(cid))
            except UnreadableBytes:
                return Outcome.UNREADABLE
            return Outcome.COPIED

        for digests in chain(source.unrenewed_since(math.inf), source.aside_since(math.inf)):
            missing = []
            for digest in sorted(digests):
                cid = Cid(RAW, SHA2_256, digest)
                if digest in there:
                    yield cid, Outcome.PRESENT
                else:
                    missing.append(cid)
            yield from zip(missing, threads.map(copy, missing), strict=True)

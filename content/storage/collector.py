"""Removes the bytes that no row needs. Deleting content removes only rows; this follows after a grace period."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings

from content.errors import MalformedCid, UnreadableBytes
from content.models import Content, Part
from content.storage import cids, files
from content.storage.blocks import BlockStore, block_store
from content.storage.cids import DAG_PB, RAW, SHA2_256, Cid

logger = logging.getLogger(__name__)

# Blocks asked about in one query; each has two possible CIDs, and databases bound the parameters of a query.
_BATCH = 400


def collect(*, now: datetime) -> int:
    """Remove blocks that no row needs and that were last stored `BLOCK_GRACE_SECONDS` before `now`; how many went.

    A row must be registered within the grace period after its bytes were stored. If a node that a row needs cannot be
    read, nothing is removed: what lies under it is unknown.
    """
    store = block_store()
    moment = now.timestamp() - settings.BLOCK_GRACE_SECONDS
    store.remove_abandoned(now.timestamp())
    for digest in orphans(store, store.aside_since(moment)):
        store.drop(digest)
    found = orphans(store, store.unrenewed_since(moment))
    return sum(store.remove_if_unrenewed(digest, moment) for digest in found)


def orphans(store: BlockStore, batches: Iterable[set[bytes]]) -> Iterator[bytes]:
    """Those digests of `batches` that no row needs; none if that is unknown."""
    under_roots: set[bytes] | None = None
    for old in batches:
        candidates = old - _named_among(old)
        if candidates and under_roots is None:
            under_roots = _blocks_under_roots(store)
            if under_roots is None:
                return
        yield from candidates - (under_roots or set())


def _named_among(digests: set[bytes]) -> set[bytes]:
    """Those of `digests` that a row names: as the root of its content, as a block under it, or as its thumbnail."""
    found: set[bytes] = set()
    ordered = list(digests)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        by_cid = {str(Cid(codec, SHA2_256, digest)): digest for digest in batch for codec in (RAW, DAG_PB)}
        found.update(by_cid[cid] for cid in Content.objects.filter(cid__in=by_cid).values_list("cid", flat=True))
        found.update(by_cid[cid] for cid in Part.objects.filter(cid__in=by_cid).values_list("cid", flat=True))
        # Thumbnails are files of one block.
        named = Content.objects.filter(thumbnail__in=by_cid).values_list("thumbnail", flat=True)
        found.update(by_cid[cid] for cid in named)
    return found


def _blocks_under_roots(store: BlockStore) -> set[bytes] | None:
    """Digests of all blocks below the roots of rows that do not list them; None if a node cannot be read.

    A row lists all of its blocks or, if it is older than such lists, none.
    """
    needed: set[bytes] = set()
    roots = (
        Content.objects.filter(cid__startswith=_NODE_PREFIX, parts=None)
        .order_by()
        .values_list("cid", flat=True)
        .distinct()
    )
    for text in roots.iterator(chunk_size=2000):
        try:
            waiting = [cids.parse(text)]
            while waiting:
                links = files.read_node(store, waiting.pop()).links
                needed.update(link.cid.digest for link in links)
                waiting.extend(link.cid for link in links if link.cid.codec == DAG_PB)
        except (UnreadableBytes, MalformedCid):
            logger.error("no blocks are collected while %s, which a row needs, cannot be read", text)
            return None
    return needed


# What the base32 text of every SHA-256 dag-pb CID begins with (the four bytes of its head, less the last two bits).
_NODE_PREFIX = str(Cid(DAG_PB, SHA2_256, bytes(32)))[:7]

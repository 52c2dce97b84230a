"""A user's library as one archive."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing

from django.db.models import Q

from accounts.models import User
from content.library import entries
from content.library.entries import DAG_JSON
from content.models import Content
from content.storage import car, cids, dag
from content.storage.blocks import block_store
from content.storage.cids import Cid
from content.storage.disk_index import DiskIndex
from content.takedowns import available

_ROWS_AT_ONCE = 300
_BYTES_IN_MEMORY = 2**20


def export(*, owner: User, only: Collection[str] | None = None) -> Iterator[bytes]:
    """The archive of all that `owner` has and that was not taken down, in pieces: the index, then every block once.

    `only` are the CIDs of what to leave it at, at most a few hundred.
    The first piece comes when the index is written: that reads the database, and what follows the disk alone. Memory
    holds a page of the index and a block. Raises `MissingBlock`, `DamagedBlock` or `UnreadableBytes` at the piece that
    needs the block.
    """
    store = block_store()
    with tempfile.SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY) as index, closing(DiskIndex()) as given:
        pages: list[tuple[Cid, int]] = []
        for page in entries.pages(owner=owner.username, entries=map(entries.entry_json, _rows(owner, only))):
            pages.append((cids.of_block(page, DAG_JSON), len(page)))
            index.write(page)

        def blocks() -> Iterator[tuple[Cid, bytes]]:
            index.seek(0)
            for cid, length in pages:
                page = index.read(length)
                yield cid, page
                for root in entries.links(page):
                    yield from dag.blocks_of(store, root, seen=given)

        yield from car.pack([cid for cid, _ in pages], blocks())


def _rows(owner: User, only: Collection[str] | None) -> Iterator[Content]:
    """The oldest first, some at a time: a cursor over all would be held in memory by MySQL's client."""
    rows = available(Content.objects.filter(owner=owner)).order_by("created_at", "id").prefetch_related("tags")
    if only is not None:
        rows = rows.filter(cid__in=only)
    behind = Q()
    while batch := list(rows.filter(behind)[:_ROWS_AT_ONCE]):
        yield from batch
        last = batch[-1]
        behind = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, id__gt=last.id)

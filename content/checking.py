"""Whether rows and blocks agree: a look at every row's blocks, and at every block that has no row.

It is safe while Atelier runs: what changes meanwhile is looked at again before it counts as a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from content import services
from content.errors import DamagedBlock, UnreadableBytes
from content.models import Content, Part
from content.storage import cids, collector, dag, files
from content.storage.blocks import BlockStore, block_store
from content.storage.cids import RAW, SHA2_256, Cid
from content.storage.files import Fault

_ROWS_AT_ONCE = 500


class Trouble(StrEnum):
    """What can be wrong."""

    MISSING = "missing"
    DAMAGED = "damaged"
    ORPHAN = "orphan"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and whether it was repaired; `content` is the CID of the rows that it concerns."""

    trouble: Trouble
    block: str
    content: str = ""
    repaired: bool = False


def check(*, now: datetime, repair: bool = False) -> Iterator[Finding]:
    """Read every block that a row needs and list those that none needs. One finding at a time, as they come.

    `repair` removes blocks that no row needs (not younger than `BLOCK_GRACE_SECONDS`: their row may be on its way) and
    lists the blocks of files anew for the gateway. It never removes a row: bytes that are missing or damaged come back
    when they are stored again, by a copy of the block or `content import`. While a node that a row needs cannot be
    read, no block counts as one that nobody needs.
    """
    store = block_store()
    for root in _roots():
        yield from _of_root(store, root, repair)
    moment = now.timestamp() - settings.BLOCK_GRACE_SECONDS
    for digest in collector.orphans(store, store.unrenewed_since(moment)):
        removed = repair and store.remove_if_unrenewed(digest, moment)
        yield Finding(Trouble.ORPHAN, str(Cid(RAW, SHA2_256, digest)), repaired=removed)


def _roots() -> Iterator[str]:
    """The CID of every row, each once."""
    last = ""
    rows = Content.objects.order_by("cid").values_list("cid", flat=True).distinct()
    while batch := list(rows.filter(cid__gt=last)[:_ROWS_AT_ONCE]):
        yield from batch
        last = batch[-1]


def _of_root(store: BlockStore, root: str, repair: bool) -> Iterator[Finding]:
    cid = cids.parse(root)
    try:
        below = {str(part) for part in dag.examine(store, cid).below}
    except UnreadableBytes:
        # Where every block is right the root is not: it states other sizes than they have.
        faults = files.verify(store, cid).faults or (Fault(root, DamagedBlock.code),)
        # Deleted while it was read, and its blocks after it?
        if Content.objects.filter(cid=root).exists():
            yield from (Finding(_trouble(fault), fault.cid, root) for fault in faults)
    else:
        if below:
            yield from _unlisted(root, below, repair)


def _trouble(fault: Fault) -> Trouble:
    return Trouble.MISSING if fault.code == "missing_content" else Trouble.DAMAGED


def _unlisted(root: str, below: set[str], repair: bool) -> Iterator[Finding]:
    """Rows that lack the list of their blocks, without which the gateway does not give these out."""
    for content in Content.objects.filter(cid=root):
        if below - set(Part.objects.filter(content=content).values_list("cid", flat=True)):
            if repair:
                services.list_parts(content=content, parts=below)
            yield Finding(Trouble.UNLISTED, root, root, repaired=repair)

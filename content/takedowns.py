"""The denylist: what was taken down is given to nobody, not even to its owner.

An entry names a CID. It covers the file or block of that CID, and every file that has that block. The blocks of a
file that was taken down are refused only where no other public file has them: what is common to many is nobody's.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from content.errors import TakenDown
from content.models import Content, Part, Takedown
from content.storage.cids import Cid

# Databases bound the parameters of a query.
_NAMES_AT_ONCE = 500


def refuse_taken_down(cid: Cid) -> None:
    """Raise `TakenDown` if the list names `cid` itself. It says nothing about whether there is such content here."""
    _refuse(Takedown.objects.filter(cid=str(cid)))


def refuse_taken_down_content(content: Content) -> None:
    """Raise `TakenDown` if the list names the file, or a block of it. For a viewer who may see the file otherwise."""
    _refuse(Takedown.objects.filter(cid=content.cid))
    refuse_taken_down_blocks(content)


def refuse_taken_down_blocks(content: Content) -> None:
    """Likewise, of a file whose own CID was looked for already."""
    _refuse(Takedown.objects.filter(cid__in=Part.objects.filter(content=content).values("cid")))


def names_any_of(blocks: Iterable[Cid]) -> bool:
    """Whether the list names one of `blocks`."""
    names = list(map(str, blocks))
    return any(
        Takedown.objects.filter(cid__in=names[start : start + _NAMES_AT_ONCE]).exists()
        for start in range(0, len(names), _NAMES_AT_ONCE)
    )


def available(contents: QuerySet[Content]) -> QuerySet[Content]:
    """Those of `contents` that were not taken down."""
    # Asked for each block: `cid__in` would have SQLite read the whole list first.
    blocks = Part.objects.filter(Exists(Takedown.objects.filter(cid=OuterRef("cid"))), content=OuterRef("pk"))
    return contents.exclude(Exists(Takedown.objects.filter(cid=OuterRef("cid")))).exclude(Exists(blocks))


def _refuse(entries: QuerySet[Takedown]) -> None:
    if entry := entries.first():
        reason = entry.reason.strip()
        message = f"This content has been taken down: {reason}" if reason else ""
        raise TakenDown(message, gateway_status=entry.status)

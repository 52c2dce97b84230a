"""Storing, registering and deleting content: bytes first, then the row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import stamina

from accounts.models import User
from accounts.services import check_stored_bytes, lock_quota, record_use
from common.database import transactional
from content import terms
from content.errors import StorageUnavailable
from content.images import validated
from content.ipfs import pins
from content.ipfs.comparison import NodeCopy, node_copy
from content.models import Content, Kind, Parent, Part, PinState, Tag, Visibility
from content.parents import parents_of
from content.storage import cids, files, unixfs
from content.storage.blocks import block_store
from content.storage.cids import Cid
from content.storage.files import Verification
from content.tags import MOST_TAGS

# How long a result is kept for a storage that is away.
_PATIENCE_SECONDS = 120.0
# Databases bound the parameters of a statement.
_ROWS_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that are on disk, by their CID; no row needs them yet."""

    cid: str
    size_bytes: int
    # The blocks under the root; a file of one block has none.
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentVerification:
    """What was found here, and on the IPFS node; None where it is not to be there."""

    here: Verification
    node: NodeCopy | None


def store(data: bytes | BinaryIO) -> StoredFile:
    """Write the blocks of `data`, of a stream one after the other as they come.

    Call it outside a transaction: it waits for the disk, or for a bucket. Raises `StorageFull` and
    `StorageUnavailable`.
    """
    target = block_store()
    written: dict[str, None] = {}

    def emit(cid: Cid, block: unixfs.Block) -> None:
        target.put(cid, block)
        written[str(cid)] = None

    built = unixfs.build(data, emit)
    root = str(built.cid)
    return StoredFile(cid=root, size_bytes=built.file_bytes, parts=tuple(cid for cid in written if cid != root))


def store_patiently(data: bytes) -> StoredFile:
    """`store` for what was dear to make: a storage that is away has two minutes to come back."""
    for attempt in stamina.retry_context(on=StorageUnavailable, attempts=None, timeout=_PATIENCE_SECONDS, wait_max=5.0):
        with attempt:
            return store(data)
    raise AssertionError("stamina returns or raises")


@transactional
def register(
    *,
    owner: User,
    stored: StoredFile,
    kind: str,
    media_type: str,
    prompt: str = "",
    provenance: dict[str, Any] | None = None,
    visibility: str = Visibility.PRIVATE,
    width: int | None = None,
    height: int | None = None,
    duration: float | None = None,
) -> Content:
    """The owner's row for stored bytes: the one that exists, made public where this asks for it, or a new one."""
    details = {
        "kind": kind,
        "media_type": media_type,
        "size_bytes": stored.size_bytes,
        "prompt": prompt,
        "provenance": provenance or {},
        **terms.columns_of(provenance or {}),
        "visibility": visibility,
        "width": width,
        "height": height,
        "duration": duration,
    }
    # The same bytes may arrive twice at once: the owner's lock lets the second see the first's row.
    lock_quota(owner=owner)
    row = Content.objects.filter(owner=owner, cid=stored.cid).first()
    fresh = row is None
    if row is None:
        row = Content.objects.create(owner=owner, cid=stored.cid, **details)
        list_parts(content=row, parts=stored.parts)
        _list_parents(row)
        record_use(owner=owner, stored_bytes=stored.size_bytes)
    published = visibility == Visibility.PUBLIC and (fresh or row.visibility != Visibility.PUBLIC)
    if published:
        _set_visibility(row, Visibility.PUBLIC)
    if fresh or published:
        terms.index(content=row)
    return row


def list_parts(*, content: Content, parts: Iterable[str]) -> None:
    """Note which blocks lie under the root of `content`, so that the gateway finds it by them."""
    rows = [Part(content=content, cid=cid) for cid in parts]
    Part.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)


def _list_parents(content: Content) -> None:
    rows = [Parent(content=content, cid=cid) for cid in parents_of(content.provenance)]
    Parent.objects.bulk_create(rows, ignore_conflicts=True)


def store_upload(*, owner: User, data: bytes) -> Content:
    """A picture from outside, validated and drawn anew.

    Raises `InvalidImage`, `ImageTooLarge`, `StorageFull`, and `QuotaReached` where the owner's library is full.
    """
    check_stored_bytes(owner=owner)
    picture = validated(data)
    return register(
        owner=owner,
        stored=store(picture.png),
        kind=Kind.IMAGE,
        media_type="image/png",
        provenance={"source": "upload"},
        width=picture.width,
        height=picture.height,
    )


@transactional
def change(*, content: Content, visibility: str | None = None, tags: list[str] | None = None) -> Content:
    """Set who sees it, and replace its tags (cleaned, see `content.tags`); None leaves either as it is."""
    # Two changes at once would leave the tags of both.
    lock_quota(owner=content.owner)
    if visibility is not None:
        _set_visibility(content, visibility)
    if tags is not None:
        content.tags.all().delete()
        # What one database holds for the same word, another does not: é and e in MariaDB. The first stays.
        Tag.objects.bulk_create([Tag(content=content, name=name) for name in tags], ignore_conflicts=True)
    terms.index(content=content)
    return content


@transactional
def add_tags(*, owner: User, cid: str, tags: Iterable[str]) -> None:
    """Give the owner's row of `cid` tags (cleaned) beside those it has, up to `MOST_TAGS`; nothing where it is gone."""
    lock_quota(owner=owner)
    content = Content.objects.filter(owner=owner, cid=cid).first()
    if content is None:
        return
    present = set(Tag.objects.filter(content=content).values_list("name", flat=True))
    new = [tag for tag in dict.fromkeys(tags) if tag not in present][: max(MOST_TAGS - len(present), 0)]
    Tag.objects.bulk_create([Tag(content=content, name=name) for name in new], ignore_conflicts=True)
    terms.index(content=content)


def _set_visibility(content: Content, visibility: str) -> None:
    """Who sees it, and what the IPFS node is to do about it, in one transaction."""
    row = Content.objects.filter(pk=content.pk)
    # The row first: whoever works on the pin looks for public rows.
    row.update(visibility=visibility, pin_state=PinState.LOCAL)
    state: str = PinState.LOCAL
    if visibility == Visibility.PUBLIC:
        state = pins.ask(cid=content.cid)
    else:
        pins.look_again(cids=[content.cid])
    if state != PinState.LOCAL:
        row.update(pin_state=state)
    content.visibility, content.pin_state = visibility, state


@transactional
def delete(*, content: Content) -> None:
    """Remove the row; the bytes that nobody else needs go by the collector."""
    lock_quota(owner=content.owner)
    rows, _ = Content.objects.filter(pk=content.pk).delete()
    if rows:  # of two deletions at once, one counts
        record_use(owner=content.owner, stored_bytes=-content.size_bytes)
        pins.look_again(cids=[content.cid])


def read_bytes(*, content: Content) -> bytes:
    """The whole file, every block verified. Raises `MissingBlock`, `DamagedBlock` or `UnreadableBytes`."""
    return b"".join(files.read(block_store(), cids.parse(content.cid)))


def verify(*, content: Content) -> Verification:
    """Read every block of the file from the disk and compare it with its hash, and their size with the row's."""
    return files.verify(block_store(), cids.parse(content.cid), size_bytes=content.size_bytes)


def verify_everywhere(*, content: Content) -> ContentVerification:
    """`verify`, and what the IPFS node has of it, if it is to have it. Waits for the node for some seconds."""
    return ContentVerification(here=verify(content=content), node=node_copy(content))

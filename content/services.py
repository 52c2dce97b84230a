"""Storing, registering and deleting content: bytes first, then the row."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import check_stored_bytes, lock_quota, record_use
from content.images import validated
from content.models import Content, Kind, Visibility
from content.storage import cids, files
from content.storage.blocks import block_store


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that are on disk, by their CID; no row needs them yet."""

    cid: str
    size_bytes: int


def store(data: bytes) -> StoredFile:
    """Write the blocks of `data`. Call it outside a transaction: it waits for the disk. Raises `StorageFull`."""
    root = files.write(block_store(), data)
    return StoredFile(cid=str(root.cid), size_bytes=len(data))


@transaction.atomic
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
        "visibility": visibility,
        "width": width,
        "height": height,
        "duration": duration,
    }
    # The same bytes may arrive twice at once: the owner's lock lets the second see the first's row.
    lock_quota(owner=owner)
    row = Content.objects.filter(owner=owner, cid=stored.cid).first()
    if row is None:
        row = Content.objects.create(owner=owner, cid=stored.cid, **details)
        record_use(owner=owner, stored_bytes=stored.size_bytes)
    if visibility == Visibility.PUBLIC and row.visibility != Visibility.PUBLIC:
        row.visibility = Visibility.PUBLIC
        row.save(update_fields=["visibility"])
    return row


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


@transaction.atomic
def delete(*, content: Content) -> None:
    """Remove the row; the bytes that nobody else needs go by the collector."""
    lock_quota(owner=content.owner)
    rows, _ = Content.objects.filter(pk=content.pk).delete()
    if rows:  # of two deletions at once, one counts
        record_use(owner=content.owner, stored_bytes=-content.size_bytes)


def read_bytes(*, content: Content) -> bytes:
    """The whole file, every block verified. Raises `MissingBlock`, `DamagedBlock` or `UnreadableBytes`."""
    return b"".join(files.read(block_store(), cids.parse(content.cid)))

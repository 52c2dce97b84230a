"""What a list shows of a piece of content without reading it: a thumbnail, or the beginning of a text.

The worker makes both when a job has ended, so that nobody waits for them; of uploads, of archives taken in and of rows
that were there before, they are made at the first view. A thumbnail is a block of its own, which the row names: it is
as private as its content, and the collector removes it with it.
"""

import logging
import threading

from common.errors import NotFound
from content.errors import StorageFull, StorageUnavailable, UnreadableBytes
from content.models import Content, Kind
from content.services import read_bytes, store
from content.storage import cids, files
from content.storage.blocks import block_store
from content.thumbnails import WAVE_BARS, of_picture, of_sound
from content.waveforms import heights

logger = logging.getLogger(__name__)

LONGEST_EXCERPT = 280  # characters
# A longer sound has neither a thumbnail nor a waveform: its samples would have to be read for every view.
LARGEST_SOUND = 16 * 2**20
# An excerpt needs no more of a text, whatever its script.
_HEAD_BYTES = 4 * LONGEST_EXCERPT
# Large pictures take hundreds of megabytes while they are made small: one at a time in a process.
_one_at_a_time = threading.Lock()


class NoPreview(UnreadableBytes):
    """The bytes are there and whole, and no picture of them can be made."""

    code = "no_preview"
    message = "There is no small picture of this content."


def keep(*, content: Content, data: bytes) -> None:
    """Make what lists show of new content whose bytes are `data`. It never fails: the first view tries again."""
    try:
        if content.kind == Kind.TEXT:
            keep_excerpt(content=content, data=data)
        elif not content.thumbnail:
            _make(content, data)
    except Exception:
        # A job has ended well already, and stays so.
        logger.warning("No preview of %s was made", content.cid, exc_info=True)


def keep_excerpt(*, content: Content, data: bytes) -> None:
    """Note the beginning of a text in its row, unless it is there."""
    excerpt = " ".join(data[:_HEAD_BYTES].decode(errors="ignore").split())[:LONGEST_EXCERPT]
    if excerpt and not content.excerpt:
        content.excerpt = excerpt
        Content.objects.filter(pk=content.pk).update(excerpt=excerpt)


def thumbnail_of(*, content: Content) -> tuple[str, bytes]:
    """CID and bytes of the thumbnail of a picture or a sound, made now where there is none or it is damaged.

    Raises `NotFound` for a text, and `UnreadableBytes` where the content's own bytes cannot be read or shown.
    """
    if content.kind == Kind.TEXT:
        raise NotFound
    if content.thumbnail:
        try:
            return content.thumbnail, block_store().get(cids.parse(content.thumbnail))
        except UnreadableBytes:
            pass  # It can be made again.
    if content.kind == Kind.AUDIO and content.size_bytes > LARGEST_SOUND:
        raise NoPreview
    return _make(content, read_bytes(content=content))


def beginning_of(*, content: Content, size_bytes: int) -> str | None:
    """The first `size_bytes` of a text; None for anything else, and where its bytes cannot be read."""
    if content.kind != Kind.TEXT:
        return None
    try:
        pieces = files.read(block_store(), cids.parse(content.cid), end=size_bytes)
        return b"".join(pieces).decode(errors="ignore")
    except (UnreadableBytes, StorageUnavailable):
        return None


def waveform_of(*, content: Content, bars: int) -> list[float]:
    """The heights of a sound's bars, 0–1, for equal parts of it; none if its bytes cannot be read or are too many."""
    if content.size_bytes > LARGEST_SOUND:
        return []
    try:
        return heights(read_bytes(content=content), bars)
    except (UnreadableBytes, StorageUnavailable, ValueError):
        return []


def _make(content: Content, data: bytes) -> tuple[str, bytes]:
    with _one_at_a_time:
        try:
            small = of_picture(data) if content.kind == Kind.IMAGE else of_sound(heights(data, WAVE_BARS))
        except ValueError as error:
            raise NoPreview from error
    try:
        stored = store(small)
    except StorageFull:
        # It is shown all the same, and kept when there is room.
        return "", small
    Content.objects.filter(pk=content.pk).update(thumbnail=stored.cid)
    content.thumbnail = stored.cid
    return stored.cid, small

"""What a file is that nobody described: decided from its bytes."""

import io
import re
import wave
from dataclasses import dataclass

from django.conf import settings

from content.images import recognised
from content.models import Kind
from content.storage import files
from content.storage.blocks import BlockSource
from content.storage.cids import Cid

_LARGEST_TEXT = 2**20
_HEAD_BYTES = 2**16
# Control characters other than white space.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file is; sides in pixels, `duration` in seconds."""

    kind: str
    media_type: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None


def detect(source: BlockSource, root: Cid, size: int) -> Detected | None:
    """A picture (png, jpeg, webp), a sound (wav) or a text (UTF-8, at most 1 MiB); None for anything else.

    Raises as `files.read` does.
    """
    head = b"".join(files.read(source, root, end=min(size, _HEAD_BYTES)))
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _sound(head, size)
    if size <= settings.IMAGE_BYTES and head[:3] in (b"\x89PN", b"\xff\xd8\xff", b"RIF"):
        picture = recognised(b"".join(files.read(source, root)))
        return Detected(Kind.IMAGE, picture.media_type, picture.width, picture.height) if picture else None
    if size <= _LARGEST_TEXT and _is_text(b"".join(files.read(source, root))):
        return Detected(Kind.TEXT, "text/plain")
    return None


def _sound(head: bytes, size: int) -> Detected | None:
    try:
        with wave.open(io.BytesIO(head)) as sound:
            frame = sound.getnchannels() * sound.getsampwidth()
            frames = min(sound.getnframes(), size // frame)
            duration = frames / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
    return Detected(Kind.AUDIO, "audio/wav", duration=duration)


def _is_text(data: bytes) -> bool:
    try:
        return not _CONTROL.search(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False

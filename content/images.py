"""Pictures from outside: what they are is decided from their header, and what is kept is drawn anew from the pixels."""

import base64
import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageOps

from common.errors import InvalidInput

_INVALID = "'image' is not a valid image."
_DATA_URL = re.compile(r"data:[^,]{0,100};base64,", re.IGNORECASE)
_WHITE_SPACE = re.compile(r"[\t\n\r ]+")


class InvalidImage(InvalidInput):
    """The bytes are no picture in one of the three formats, whole and alone."""

    code = "invalid_image"
    message = _INVALID


class ImageTooLarge(InvalidInput):
    """The picture has more bytes or pixels than the settings allow."""

    code = "image_too_large"

    def __init__(self) -> None:
        megabytes, megapixels = settings.IMAGE_BYTES / 1e6, settings.IMAGE_PIXELS / 1e6
        super().__init__(f"'image' must have at most {megabytes:g} MB and {megapixels:g} megapixels.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A validated picture: PNG in RGB or RGBA, 8 bits a channel, upright, without metadata; sides in pixels."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """The media type of a picture, and its sides in pixels."""

    media_type: str
    width: int
    height: int


def decode_base64_image(text: str) -> bytes:
    """The bytes in base64 `text` or in a base64 data URL. What they hold is not checked: `validated` does that.

    Raises `InvalidImage`, and `ImageTooLarge` before anything is decoded.
    """
    if prefix := _DATA_URL.match(text):
        text = text[prefix.end() :]
    if len(text) > settings.IMAGE_BYTES * 3 // 2:  # 4/3, and room for line breaks
        raise ImageTooLarge
    try:
        data = base64.b64decode(_WHITE_SPACE.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImage from error
    if not data:
        raise InvalidImage
    return data


def validated(data: bytes) -> Picture:
    """Check a PNG, JPEG or WebP and draw it anew as PNG: EXIF gone, its orientation applied, the first frame only.

    The size is read from the header before anything is decoded. Raises `InvalidImage` and `ImageTooLarge`.
    """
    header, width, height = _read_header(data)
    return _redrawn(data, header.name, (width, height))


def recognised(data: bytes) -> Recognised | None:
    """What a PNG, JPEG or WebP says that it is, which nothing but itself is in; None for anything else, or too large.

    The pixels are not looked at: bytes that have a CID already cannot be drawn anew.
    """
    try:
        header, width, height = _read_header(data)
    except (InvalidImage, ImageTooLarge):
        return None
    return Recognised(f"image/{header.name.lower()}", width, height)


def _read_header(data: bytes) -> "tuple[_Header, int, int]":
    if len(data) > settings.IMAGE_BYTES:
        raise ImageTooLarge
    header = next((header for header in _HEADERS if header.magic.match(data)), None)
    if header is None:
        raise InvalidImage
    try:
        width, height = header.read_size(data)
    except (ValueError, IndexError) as error:
        raise InvalidImage from error
    if width < 1 or height < 1:
        raise InvalidImage
    if width * height > settings.IMAGE_PIXELS:
        raise ImageTooLarge
    if not header.is_alone(data):
        raise InvalidImage
    return header, width, height


def _redrawn(data: bytes, name: str, size: tuple[int, int]) -> Picture:
    try:
        with Image.open(BytesIO(data), formats=[name]) as opened:
            if opened.size != size:  # a second header may not overrule the one that was checked
                raise InvalidImage
            opened.load()
            _turn_upright(opened)
            plain, out = _plain(opened), BytesIO()
            plain.save(out, "PNG", compress_level=3)
    except InvalidImage:
        raise
    except Exception as error:  # Pillow's decoders raise nearly every class there is on broken files
        raise InvalidImage from error
    return Picture(out.getvalue(), *plain.size)


def _turn_upright(image: Image.Image) -> None:
    # Broken EXIF is common in the wild, and says nothing about the pixels.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)


def _plain(image: Image.Image) -> Image.Image:
    """In RGB or RGBA, and without the metadata that a PNG would carry on."""
    if image.mode.startswith("I"):  # 16 bits a channel: Pillow's own conversion would clip at 255
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    mode = "RGBA" if has_alpha else "RGB"
    # A large picture is not copied without need.
    plain = image if image.mode == mode else image.convert(mode)
    plain.info = {}
    return plain


# ---- PNG ------------------------------------------------------------------------------------------------------------


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("the first chunk is no header")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _png_is_alone(data: bytes) -> bool:
    position = 8
    while position + 12 <= len(data):
        length, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        position += 12 + length
        if kind == b"IEND":
            return position <= len(data) and not data[position:].strip(b"\0\r\n")
    return False  # cut short


# ---- JPEG -----------------------------------------------------------------------------------------------------------

_SIZE_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# A marker in entropy-coded data: neither a stuffed zero, nor a restart, nor a fill byte.
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while marker := _MARKER.match(data, position):
        code, body = marker[1][0], marker.end()
        if code in _SIZE_MARKERS:
            if body + 7 > len(data):
                break
            return int.from_bytes(data[body + 5 : body + 7], "big"), int.from_bytes(data[body + 3 : body + 5], "big")
        if code in (0xD9, 0xDA):
            break
        position = body + int.from_bytes(data[body : body + 2], "big")
    raise ValueError("no frame header")


def _jpeg_is_alone(data: bytes) -> bool:
    """Whether nothing follows but what cameras append: padding, further pictures (MPF), a short video."""
    position = 2
    while marker := _MARKER.search(data, position):
        if marker[1][0] == 0xD9:
            rest = data[marker.end() :].lstrip(b"\0")
            by_camera = rest.startswith(b"\xff\xd8\xff") or rest[:8].endswith(b"ftyp") or rest.endswith(b"SEFT")
            # A zip archive is found from its end: it would stay one behind any of these.
            return not rest.strip(b"\0\r\n") or (by_camera and b"PK\x05\x06" not in rest[-65_557:])
        # A segment's body is skipped by its length: thumbnails in it have ends of their own.
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return False  # cut short


# ---- WebP -----------------------------------------------------------------------------------------------------------


def _webp_size(data: bytes) -> tuple[int, int]:
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ValueError("cut short")
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise ValueError("no frame header")


def _webp_is_alone(data: bytes) -> bool:
    length = 8 + int.from_bytes(data[4:8], "little")
    return length <= len(data) and not data[length:].strip(b"\0\r\n")


@dataclass(frozen=True, slots=True)
class _Header:
    """How to tell a format, how large a picture claims to be, and whether the file holds it whole and nothing else."""

    name: str
    magic: re.Pattern[bytes]
    read_size: Callable[[bytes], tuple[int, int]]
    is_alone: Callable[[bytes], bool]


_HEADERS = (
    _Header("PNG", re.compile(rb"\x89PNG\r\n\x1a\n"), _png_size, _png_is_alone),
    _Header("JPEG", re.compile(rb"\xff\xd8\xff"), _jpeg_size, _jpeg_is_alone),
    _Header("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL), _webp_size, _webp_is_alone),
)

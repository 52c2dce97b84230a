"""Small WebP pictures of content: bytes in, bytes out. The same bytes give the same thumbnail."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageOps

# Fifty of them, and the page that shows them, weigh less than 1 MB.
LARGEST_BYTES = 16_000
# Longest side in pixels: sharp on a dense screen at the size that a gallery shows.
LONGEST_SIDE = 320
_QUALITIES = (78, 60, 40, 20)
_SMALLER = (LONGEST_SIDE, 240, 160, 80)

WAVE_SIZE = (320, 160)
WAVE_BARS = 64
# Seen well on a light and on a dark page.
_WAVE_COLOUR = (208, 96, 52)


def thumbnail_size(width: int | None, height: int | None) -> tuple[int, int]:
    """The size in pixels of the thumbnail of a picture; that of a sound's where the picture has none."""
    if not width or not height:
        return WAVE_SIZE
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def of_picture(data: bytes) -> bytes:
    """The thumbnail of a PNG, JPEG or WebP, at most `LARGEST_BYTES`. Raises `ValueError` where it cannot be read."""
    try:
        with Image.open(BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as opened:
            if opened.width * opened.height > settings.IMAGE_PIXELS:
                raise ValueError("too many pixels")
            opened.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a JPEG is decoded smaller
            picture = _plain(_upright(opened))
            # Half the bits away first: of a large picture not every pixel is weighed.
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    except ValueError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly every class there is on broken files
        raise ValueError("no picture") from error
    return next(encoded for encoded in _encodings(picture) if len(encoded) <= LARGEST_BYTES)


def of_sound(bars: Sequence[float]) -> bytes:
    """A picture of the waveform, on no ground; `bars` are their heights, 0–1."""
    width, height = WAVE_SIZE
    picture = Image.new("RGBA", WAVE_SIZE, (*_WAVE_COLOUR, 0))
    draw = ImageDraw.Draw(picture)
    step = width / max(1, len(bars))
    for index, level in enumerate(bars):
        reach = max(1.0, level * (height / 2 - 4))
        left = index * step + 1
        box = (left, height / 2 - reach, max(left, left + step - 2), height / 2 + reach)
        draw.rounded_rectangle(box, radius=2, fill=(*_WAVE_COLOUR, 255))
    return _webp(picture, quality=78)


def _upright(image: Image.Image) -> Image.Image:
    # Broken EXIF is common in the wild, and says nothing about the pixels.
    with suppress(Exception):
        return ImageOps.exif_transpose(image)
    return image


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a channel: Pillow's own conversion would clip at 255
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _encodings(picture: Image.Image) -> Iterator[bytes]:
    """Ever smaller ones; the last is below any limit that a picture of 80 pixels could reach."""
    for side in _SMALLER:
        if side < max(picture.size):
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            yield _webp(picture, quality)


def _webp(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()

"""Masks: pictures whose transparent pixels say what of another picture is repainted. No torch: services check them."""

from io import BytesIO

from PIL import Image, ImageOps

from common.errors import InvalidInput
from generation.engines.pictures import FORMATS, UNREADABLE

_FULL = 255


def decode_mask(data: bytes | None, *, size: tuple[int, int]) -> Image.Image:
    """255 where the mask is fully transparent, which is what is repainted, and 0 elsewhere; mode L.

    Raises `InvalidInput` unless it is a picture of `size` (width, height) in which something is transparent.
    """
    try:
        with Image.open(BytesIO(data or b""), formats=FORMATS) as image:
            alpha = ImageOps.exif_transpose(image).convert("RGBA").getchannel("A")
    except UNREADABLE as error:
        raise InvalidInput("'mask' is not a valid image.") from error
    if alpha.size != size:
        raise InvalidInput(
            f"'mask' must have the size of 'image', {size[0]} × {size[1]} pixels; "
            f"it has {alpha.width} × {alpha.height}."
        )
    repainted = alpha.point(lambda value: 0 if value else _FULL)
    if repainted.getbbox() is None:
        raise InvalidInput("'mask' must have transparent pixels: they say what is repainted.")
    return repainted

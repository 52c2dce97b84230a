"""Masks as pictures: from COCO's run lengths to rows of 0 and 1, and to colours over a picture."""

import colorsys
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

# Golden-ratio steps round the colour circle keep neighbours in the list apart.
_HUE_STEP = 0.618034
_OPACITY = 110
Polygon = Sequence[Sequence[int]]


def mask_image(counts: Sequence[int], *, width: int, height: int) -> Image.Image:
    """The mask of `width` × `height` pixels in mode L: 0 outside, 255 inside. `counts` run down the columns."""
    runs = [(b"\xff" if index % 2 else b"\x00") * count for index, count in enumerate(counts)]
    columns = Image.frombytes("L", (height, width), b"".join(runs))
    return columns.transpose(Image.Transpose.TRANSPOSE)


def mask_rows(mask: Image.Image, *, longest: int) -> list[list[int]]:
    """The mask as rows of 0 and 1, made smaller where a side is longer than `longest` pixels."""
    if max(mask.size) > longest:
        scale = longest / max(mask.size)
        smaller = (max(1, round(mask.width * scale)), max(1, round(mask.height * scale)))
        mask = mask.resize(smaller, Image.Resampling.NEAREST)
    flat = mask.point(lambda value: value // 255).tobytes()
    return [list(flat[start : start + mask.width]) for start in range(0, len(flat), mask.width)]


def draw_segments(
    picture: bytes, masks: Sequence[Image.Image], outlines: Sequence[Sequence[Polygon]], *, longest: int
) -> bytes:
    """A PNG of the encoded `picture` with each mask in a colour of its own and its outline, the largest at the back.

    `outlines[i]` are the polygons of `masks[i]` in the picture's pixels. A picture with a side longer than `longest`
    pixels is drawn that much smaller.
    """
    with Image.open(BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    scale = min(1.0, longest / max(image.size))
    if scale < 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    for index, mask in enumerate(masks):
        colour = _colour(index)
        shown = mask.resize(image.size, Image.Resampling.NEAREST) if mask.size != image.size else mask
        image.paste(colour, mask=shown.point(lambda value: _OPACITY if value else 0))
    pen = ImageDraw.Draw(image)
    for index, polygons in enumerate(outlines):
        for polygon in polygons:
            corners = [(x * scale, y * scale) for x, y in polygon]
            pen.line([*corners, corners[0]], fill=_colour(index), width=max(1, max(image.size) // 256))
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _colour(index: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(index * _HUE_STEP % 1.0, 0.75, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)

"""Sizes and pixels around a diffusion model: what size to generate at, and the way from and to the size asked for."""

from dataclasses import dataclass
from io import BytesIO
from math import ceil

from PIL import Image, ImageOps

from common.errors import InvalidInput

SMALLEST_SIDE = 256  # of a picture that anyone can ask for
PREVIEW_SIDE = 128
_GRID = 8
_SMALLEST_GENERATED_SIDE = 64
FORMATS = ("PNG", "JPEG", "WEBP")  # that uploads may have
# What Pillow raises for what is no picture, or too large a one.
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Canvas:
    """From the size that the model generates to the size asked for, both (width, height) in pixels."""

    generated: tuple[int, int]
    asked: tuple[int, int]

    def prepare(self, original: Image.Image) -> Image.Image:
        """Bring an uploaded picture to the size that the model generates."""
        return fit(original, self.generated)

    def finish(self, image: Image.Image) -> Image.Image:
        """Bring a generated picture to the size asked for: cropped to its aspect around the middle, and resized."""
        return fit(image, self.asked)

    def preview(self, image: Image.Image) -> bytes:
        """A JPEG of a few kB with the aspect asked for, `PREVIEW_SIDE` pixels on its longest side."""
        longest = max(self.asked)
        width, height = (max(1, round(side * PREVIEW_SIDE / longest)) for side in self.asked)
        file = BytesIO()
        fit(image, (width, height)).save(file, "JPEG", quality=75)
        return file.getvalue()


def plan_canvas(native_size: int, width: int, height: int) -> Canvas:
    """The canvas for a request of `width` × `height` pixels to a model that was trained at `native_size`.

    A model too small for any request generates with its native size as the longest side, and the result is enlarged.
    Every other model generates at the next multiple of 8, and the result is cropped.
    """
    scale = native_size / max(width, height) if native_size < SMALLEST_SIDE else 1.0
    generated = tuple(max(_SMALLEST_GENERATED_SIDE, _next_multiple(side * scale)) for side in (width, height))
    return Canvas((generated[0], generated[1]), (width, height))


def decode_picture(data: bytes) -> Image.Image:
    """An uploaded picture as RGB: upright, on white where it is transparent. Raises `InvalidInput` if it is none."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            upright = ImageOps.exif_transpose(image)
            return _on_white(upright)
    except UNREADABLE as error:
        raise InvalidInput("'image' is not a valid image.") from error


def fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` cropped around its middle to the aspect of `size` (width, height) and resized to it, undistorted."""
    if image.size == size:
        return image
    if image.width >= size[0] and image.height >= size[1] and image.width - size[0] < _GRID > image.height - size[1]:
        left, top = (image.width - size[0]) // 2, (image.height - size[1]) // 2
        return image.crop((left, top, left + size[0], top + size[1]))
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _next_multiple(side: float) -> int:
    # Rounded first, so that an error in the last digit of `side` does not cost a whole step of the grid.
    return ceil(round(side / _GRID, 6)) * _GRID


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        return image.convert("I").point(lambda value: value / 257).convert("L").convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")

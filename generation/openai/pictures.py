"""Pictures in the format that a request names: jobs keep PNG, other formats are made on the way out."""

from io import BytesIO

from PIL import Image

FORMATS = ("png", "jpeg", "webp")
MEDIA_TYPES = {name: f"image/{name}" for name in FORMATS}
# Of OpenAI's `output_compression`: 100 loses least.
BEST_QUALITY = 100


def encode(data: bytes, *, output_format: str, quality: int, size: tuple[int, int] | None = None) -> bytes:
    """An encoded picture as "png", "jpeg" or "webp"; `quality` 0–100 counts for the latter two.

    `size` (width, height) in pixels scales it. A PNG that stays one is not touched.
    """
    with Image.open(BytesIO(data)) as image:
        if image.format == output_format.upper() == "PNG" and size in (None, image.size):
            return data
        plain = image.convert("RGB") if output_format == "jpeg" else image.convert(_mode(image))
    if size is not None and plain.size != size:
        plain = plain.resize(size, Image.Resampling.BICUBIC)
    out = BytesIO()
    options = {} if output_format == "png" else {"quality": quality}
    plain.info = {}
    plain.save(out, output_format.upper(), **options)
    return out.getvalue()


def _mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"

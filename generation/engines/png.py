"""PNG files that say how they were made, in text chunks before the pixels, and nothing about when or for whom.

`atelier` is the engine's metadata as JSON, from which a request can be repeated; `parameters` is the same for people
and for other programs (see `infotext`); `Software` is one of the keywords of the PNG specification.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.engines.infotext import infotext

METADATA_KEY = "atelier"
INFOTEXT_KEY = "parameters"
SOFTWARE = "Atelier"  # without its version: an update must not change the bytes that a seed gives

# Measured on 512 × 512: 2 % more bytes than level 6 in 40 % of its time. Level 1 takes 20 ms for 31, 17 % more bytes.
COMPRESS_LEVEL = 4


def encode_png(image: Image.Image, parameters: Mapping[str, Any]) -> bytes:
    """The same picture and parameters give the same bytes. `parameters` must be JSON."""
    # ASCII: every prompt fits a tEXt chunk, even one with lone surrogates, which UTF-8 refuses.
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    chunks = PngInfo()
    chunks.add_text("Software", SOFTWARE)
    chunks.add_itxt(INFOTEXT_KEY, infotext(parameters))
    chunks.add_text(METADATA_KEY, text)
    file = BytesIO()
    image.save(file, "PNG", pnginfo=chunks, compress_level=COMPRESS_LEVEL)
    return file.getvalue()


def read_parameters(png: bytes) -> dict[str, Any]:
    """The parameters that `encode_png` wrote; empty for a PNG without them. Raises `ValueError` for anything else."""
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as image:
            text = image.info.get(METADATA_KEY)
    except (OSError, SyntaxError) as error:
        raise ValueError("not a PNG") from error
    if text is None:
        return {}
    parameters = json.loads(text)
    if not isinstance(parameters, dict):
        raise ValueError("the PNG's parameters are no JSON object")
    return parameters

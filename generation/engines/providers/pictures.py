"""Pictures to and from providers."""

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from common.errors import InvalidInput
from generation.engines.base import ImageRequest, ImageResult
from generation.engines.pictures import decode_picture, fit
from generation.engines.png import encode_png
from generation.engines.providers.limits import Limits


def image_result(
    picture: Image.Image, request: ImageRequest, limits: Limits, metadata: Mapping[str, Any]
) -> ImageResult:
    """The picture as a PNG that says how it was made; what was changed about the request stands in `warnings`."""
    limits.made((request.width, request.height), picture.size)
    said = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "strength": request.strength,
        "width": picture.width,
        "height": picture.height,
        **metadata,
        **({"warnings": limits.warnings} if limits.warnings else {}),
    }
    return ImageResult(encode_png(picture, said), "image/png", picture.width, picture.height, said)


def refuse_what_needs_a_model_here(request: ImageRequest) -> None:
    """Raise `InvalidInput` for a LoRA, which would have to be where the model is, and for a mask."""
    if request.lora is not None:
        raise InvalidInput("A provider's model takes no LoRA. Choose a personal model whose checkpoint runs here.")
    if request.mask is not None:
        raise InvalidInput("A provider's model takes no mask here. Name a model that runs here, or leave the mask out.")


def start_picture(data: bytes, size: tuple[int, int]) -> str:
    """The encoded picture of an image → image request, brought to `size` (width, height), as base64 of a PNG.

    Raises `InvalidInput` where it cannot be decoded.
    """
    file = BytesIO()
    fit(decode_picture(data), size).save(file, "PNG")
    return b64encode(file.getvalue()).decode("ascii")

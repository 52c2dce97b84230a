"""What is read as a mask: transparency in any form that the formats know, and nothing else."""

import numpy as np
import pytest
from PIL import Image

from common.errors import InvalidInput
from generation.engines.masks import decode_mask
from tests.support.image_requests import encoded

SIZE = (64, 48)
BOX = (8, 4, 40, 32)


def rgba() -> Image.Image:
    mask = Image.new("RGBA", SIZE, (9, 9, 9, 255))
    mask.paste((0, 0, 0, 0), BOX)
    return mask


def palette() -> Image.Image:
    mask = Image.new("P", SIZE, 1)
    mask.paste(0, BOX)
    mask.putpalette([0, 0, 0, 255, 255, 255])
    return mask


def grey() -> Image.Image:
    mask = Image.new("L", SIZE, 200)
    mask.paste(7, BOX)
    return mask


@pytest.mark.parametrize(
    "data",
    [
        encoded(rgba()),
        encoded(rgba(), "WEBP", lossless=True),
        encoded(rgba().convert("LA")),
        encoded(palette(), transparency=0),
        encoded(grey(), transparency=7),
        encoded(rgba().convert("RGB"), transparency=(0, 0, 0)),
    ],
    ids=["rgba", "webp", "grey-alpha", "palette", "grey-one-level", "rgb-one-colour"],
)
def test_transparent_pixels_are_repainted(data: bytes) -> None:
    repainted = np.asarray(decode_mask(data, size=SIZE))

    area = np.zeros(SIZE[::-1], dtype=bool)
    area[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    assert (repainted == np.where(area, 255, 0)).all()


def test_what_is_nearly_transparent_is_kept() -> None:
    mask = rgba()
    mask.paste((0, 0, 0, 1), (50, 40, 60, 44))

    assert decode_mask(encoded(mask), size=SIZE).getbbox() == BOX


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (encoded(Image.new("RGB", SIZE)), "must have transparent pixels"),
        (encoded(grey()), "must have transparent pixels"),
        (encoded(palette()), "must have transparent pixels"),
        (encoded(rgba().convert("RGB"), "JPEG"), "must have transparent pixels"),
        (encoded(Image.new("RGBA", SIZE, (0, 0, 0, 1))), "must have transparent pixels"),
        (encoded(rgba().resize((64, 47))), "must have the size of 'image', 64 × 48 pixels; it has 64 × 47"),
        (encoded(rgba())[:60], "'mask' is not a valid image"),
        (encoded(rgba(), "GIF"), "'mask' is not a valid image"),
        (b"no picture", "'mask' is not a valid image"),
        (None, "'mask' is not a valid image"),
    ],
    ids=["rgb", "grey", "palette", "jpeg", "nearly", "size", "cut", "gif", "text", "none"],
)
def test_what_is_no_mask_is_refused(data: bytes | None, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        decode_mask(data, size=SIZE)

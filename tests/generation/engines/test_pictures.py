from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.errors import InvalidInput
from generation.engines.pictures import decode_picture, fit, plan_canvas
from tests.support.image_requests import encoded

SIDES = st.integers(256, 1024)


@pytest.mark.parametrize(
    ("native_size", "asked", "generated"),
    [
        (128, (512, 512), (128, 128)),
        (128, (512, 384), (128, 96)),
        (128, (384, 512), (96, 128)),
        (128, (1000, 700), (128, 96)),
        (128, (1024, 256), (128, 64)),
        (512, (512, 512), (512, 512)),
        (512, (513, 257), (520, 264)),
        (512, (1024, 256), (1024, 256)),
    ],
)
def test_plan_canvas_by_example(native_size: int, asked: tuple[int, int], generated: tuple[int, int]) -> None:
    canvas = plan_canvas(native_size, *asked)
    assert (canvas.generated, canvas.asked) == (generated, asked)


@given(SIDES, SIDES)
def test_plan_canvas_of_a_small_model_has_its_native_size_as_longest_side(width: int, height: int) -> None:
    generated = plan_canvas(128, width, height).generated
    assert max(generated) == 128
    assert min(generated) >= 64
    assert all(side % 8 == 0 for side in generated)


@given(SIDES, SIDES)
def test_plan_canvas_of_a_large_model_adds_less_than_eight_pixels(width: int, height: int) -> None:
    generated = plan_canvas(512, width, height).generated
    assert all(side % 8 == 0 and 0 <= side - asked < 8 for side, asked in zip(generated, (width, height), strict=True))


def test_finish_of_a_large_model_crops_without_resampling() -> None:
    noise = Image.effect_noise((520, 264), 80).convert("RGB")
    finished = plan_canvas(512, 513, 257).finish(noise)
    assert finished.tobytes() == noise.crop((3, 3, 516, 260)).tobytes()


def test_fit_does_not_distort() -> None:
    square = Image.new("RGB", (100, 100), "white")
    square.paste("red", (40, 40, 60, 60))
    wide = fit(square, (400, 100))
    green = wide.getchannel("G")
    across = sum(green.crop((0, 50, 400, 51)).histogram()[:128])
    down = sum(green.crop((200, 0, 201, 100)).histogram()[:128])
    assert wide.size == (400, 100)
    assert across == down == 80  # 20 of 100 pixels, four times as large


@pytest.mark.parametrize(
    ("image", "middle"),
    [
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 255)), (255, 0, 0)),
        (Image.new("LA", (8, 8), (0, 0)), (255, 255, 255)),
        (Image.new("RGB", (8, 8), "lime").quantize(4), (0, 255, 0)),
        (Image.new("1", (8, 8), 1), (255, 255, 255)),
        (Image.new("I;16", (8, 8), 65535), (255, 255, 255)),
        (Image.new("I;16", (8, 8), 32768), (127, 127, 127)),
    ],
)
def test_decode_picture_gives_rgb_on_white(image: Image.Image, middle: tuple[int, int, int]) -> None:
    decoded = decode_picture(encoded(image))
    assert (decoded.mode, decoded.getpixel((4, 4))) == ("RGB", middle)


def test_decode_picture_with_a_transparent_palette_entry_shows_white_there() -> None:
    image = Image.new("P", (8, 8), 3)
    image.putpalette([0, 0, 0] * 3 + [255, 0, 0])
    assert decode_picture(encoded(image, transparency=3)).getpixel((4, 4)) == (255, 255, 255)


def test_decode_picture_turns_a_photo_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    assert decode_picture(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)).size == (20, 40)


@pytest.mark.parametrize("media", ["GIF", "BMP", "TIFF"])
def test_decode_picture_refuses_other_formats(media: str) -> None:
    with pytest.raises(InvalidInput):
        decode_picture(encoded(Image.new("RGB", (8, 8)), media))


def test_decode_picture_refuses_a_truncated_file() -> None:
    data = encoded(Image.effect_noise((64, 64), 50))
    with pytest.raises(InvalidInput):
        decode_picture(data[: len(data) // 2])


def test_decode_picture_refuses_a_bomb_by_its_header() -> None:
    bomb = BytesIO()
    Image.new("1", (20_000, 10_000)).save(bomb, "PNG")
    with pytest.raises(InvalidInput):
        decode_picture(bomb.getvalue())

"""Pictures from outside: the good ones are drawn anew, everything else is refused, quickly and in little memory."""

import base64
import random
import struct
import subprocess
import sys
import textwrap
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, PngImagePlugin
from pytest_django import Settings

from common.errors import InvalidInput
from content.images import Picture, decode_base64_image, validated

INVALID = "'image' is not a valid image."
ZIP = b"PK\x03\x04" + b"x" * 40 + b"PK\x05\x06" + bytes(18)


def _encoded(name: str, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 50).convert(mode).save(out, name, **options)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of(width: int, height: int, pixels: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(pixels)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _webp_of(width: int, height: int) -> bytes:
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas


def _jpeg_of(width: int, height: int) -> bytes:
    sound = _encoded("JPEG")
    at = sound.index(b"\xff\xc0")
    return sound[: at + 5] + struct.pack(">HH", height, width) + sound[at + 9 :]


def _opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.png))


def _pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_validated_keeps_the_pixels(name: str, mode: str) -> None:
    data = _encoded(name, mode)

    picture = validated(data)

    assert (picture.width, picture.height) == (40, 30)
    drawn = _opened(picture)
    assert (drawn.format, drawn.mode, drawn.info) == ("PNG", "RGB", {})
    assert ImageChops.difference(drawn, Image.open(BytesIO(data)).convert("RGB")).getbbox() is None


@pytest.mark.parametrize(("name", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA")])
def test_validated_keeps_transparency(name: str, mode: str) -> None:
    out = BytesIO()
    Image.new("RGBA", (5, 5), (200, 100, 50, 77)).convert(mode).save(out, name, lossless=True)

    drawn = _opened(validated(out.getvalue()))

    assert drawn.mode == "RGBA"
    assert _pixel(drawn, 2, 2)[3] == 77


@pytest.mark.parametrize(
    "data",
    [
        _encoded("JPEG", "CMYK"),
        _encoded("JPEG", progressive=True, size=(300, 200)),
        _encoded("PNG", "P"),
        _encoded("PNG", "1"),
        _encoded("WEBP", lossless=True),
        _encoded("PNG") + b"\0" * 9,
        _encoded("JPEG") + b"\0" * 9,
        _encoded("JPEG") + _encoded("JPEG"),  # as cameras append a preview
    ],
)
def test_validated_takes_the_kinds_of_each_format(data: bytes) -> None:
    assert _opened(validated(data)).mode == "RGB"


def test_validated_scales_16_bits_to_8() -> None:
    out = BytesIO()
    Image.new("I;16", (9, 9), 40_000).save(out, "PNG")

    assert _opened(validated(out.getvalue())).getpixel((0, 0)) == (156, 156, 156)


def test_validated_takes_the_first_frame() -> None:
    out = BytesIO()
    Image.new("RGB", (4, 4), "blue").save(out, "WEBP", save_all=True, append_images=[Image.new("RGB", (4, 4), "red")])

    drawn = _opened(validated(out.getvalue()))

    assert _pixel(drawn, 0, 0)[2] > 200


def test_validated_applies_the_orientation_and_drops_exif() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x8825] = 6, "a secret place", {1: "N", 2: (52.0, 31.0, 0.0)}
    out = BytesIO()
    picture = Image.new("RGB", (40, 30), "black")
    picture.paste((255, 255, 255), (0, 0, 20, 30))  # the left half is white
    picture.save(out, "JPEG", exif=exif, quality=95)

    result = validated(out.getvalue())

    drawn = _opened(result)
    assert drawn.size == (result.width, result.height) == (30, 40)
    assert _pixel(drawn, 15, 5) > (200, 200, 200)  # turned by 90°, left is up
    assert _pixel(drawn, 15, 35) < (50, 50, 50)
    assert not drawn.getexif()
    assert b"secret" not in result.png


def test_validated_drops_png_texts_and_profiles() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "secret")
    out = BytesIO()
    Image.new("RGB", (5, 5)).save(out, "PNG", pnginfo=texts, icc_profile=b"secret profile")

    picture = validated(out.getvalue())

    assert _opened(picture).info == {}
    assert b"secret" not in picture.png


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello, I am a text",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WEBP",
        _encoded("GIF"),
        _encoded("BMP"),
        _encoded("TIFF"),
        _encoded("PNG")[:-1],
        _png_of(0, 5),
        _png_of(7999, 8001),
        _png_of(100, 100, b"\0" * 50),
        *[_encoded(name)[: len(_encoded(name)) // 2] for name in ("PNG", "JPEG", "WEBP")],
        *[_encoded(name)[:-2] for name in ("PNG", "JPEG", "WEBP")],
        *[_encoded(name) + ZIP for name in ("PNG", "JPEG", "WEBP")],
        *[_encoded(name) + b"<script>alert(1)</script>" for name in ("PNG", "JPEG", "WEBP")],
        *[_encoded(name) + b"%PDF-1.7" for name in ("PNG", "JPEG", "WEBP")],
        _encoded("JPEG") + _encoded("JPEG") + ZIP,
        b"<html>" + _encoded("PNG"),
        _webp_of(40, 30),
    ],
)
def test_validated_refuses_what_is_no_picture_alone(data: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        validated(data)

    assert raised.value.message == INVALID
    assert raised.value.status == 400


@pytest.mark.parametrize(
    "data", [_png_of(50_000, 50_000), _png_of(8001, 8000), _jpeg_of(65_000, 65_000), _webp_of(2**24, 2**24)]
)
def test_validated_refuses_bombs_by_their_header(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing of it may be decoded.
    monkeypatch.delattr(Image, "open")

    with pytest.raises(InvalidInput) as raised:
        validated(data)

    assert raised.value.message == "'image' must have at most 28 MB and 64 megapixels."


def test_validated_refuses_too_many_bytes(settings: Settings) -> None:
    settings.IMAGE_BYTES = 1000

    with pytest.raises(InvalidInput, match="at most"):
        validated(_encoded("PNG"))


def test_bombs_take_no_memory() -> None:
    program = textwrap.dedent(
        """
        import resource, struct, sys, zlib
        import django; django.setup()
        from common.errors import InvalidInput
        from content.images import validated
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        data = sys.stdin.buffer.read()
        while data:
            size = int.from_bytes(data[:4], "big")
            bomb, data = data[4:4 + size], data[4 + size:]
            try:
                validated(bomb)
            except InvalidInput:
                pass
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
        """
    )
    bombs = [_png_of(50_000, 50_000), _png_of(60_000, 1000), _jpeg_of(65_000, 65_000), _webp_of(2**24, 2**24)]
    sent = b"".join(len(bomb).to_bytes(4, "big") + bomb for bomb in bombs)
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)

    assert int(done.stdout) < 100


def test_validated_raises_nothing_else_on_damaged_pictures() -> None:
    chance, outcomes = random.Random(3), {"drawn": 0, "refused": 0}
    sound = [_encoded(name, mode, (16, 16)) for name in ("PNG", "JPEG", "WEBP") for mode in ("RGB", "L")]
    for _ in range(1500):
        data = bytearray(chance.choice(sound))
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            picture = validated(bytes(data))
            assert _opened(picture).size == (picture.width, picture.height)
            outcomes["drawn"] += 1
        except InvalidInput:
            outcomes["refused"] += 1

    assert min(outcomes.values()) > 100


@given(data=st.binary(min_size=1, max_size=200))
def test_decode_base64_image_reads_plain_wrapped_and_data_urls(data: bytes) -> None:
    text = base64.b64encode(data).decode()

    assert decode_base64_image(text) == data
    assert decode_base64_image(f"data:image/png;base64,{text}") == data
    assert decode_base64_image(base64.encodebytes(data).decode()) == data


@pytest.mark.parametrize(
    "text", ["", "    ", "!!!!", "abc", "a", "data:image/png;base64,", "data:image/png,abcd", "ÄÖÜ=", "ab=c", "QUJD\0"]
)
def test_decode_base64_image_refuses_garbage(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        decode_base64_image(text)

    assert raised.value.message == INVALID


def test_decode_base64_image_refuses_too_much_before_decoding(settings: Settings) -> None:
    settings.IMAGE_BYTES = 100

    with pytest.raises(InvalidInput, match="at most"):
        decode_base64_image("A" * 200)

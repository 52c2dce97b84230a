import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.engines.png import encode_png, read_parameters

IMAGE = Image.linear_gradient("L").convert("RGB").resize((40, 30))


@given(
    st.dictionaries(
        st.text(max_size=20),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=200),
        max_size=8,
    )
)
def test_parameters_survive_the_file(parameters: dict[str, object]) -> None:
    assert read_parameters(encode_png(IMAGE, parameters)) == parameters


def test_parameters_with_lone_surrogates_survive() -> None:
    assert read_parameters(encode_png(IMAGE, {"prompt": "\ud83d"})) == {"prompt": "\ud83d"}


def test_encode_png_does_not_depend_on_the_order_of_parameters() -> None:
    assert encode_png(IMAGE, {"a": 1, "b": 2}) == encode_png(IMAGE, {"b": 2, "a": 1})


def test_encode_png_keeps_the_pixels() -> None:
    with Image.open(BytesIO(encode_png(IMAGE, {}))) as image:
        assert image.tobytes() == IMAGE.tobytes()


def test_encode_png_writes_no_other_chunks() -> None:
    assert _chunks(encode_png(IMAGE, {"seed": 1})) == ["IHDR", "tEXt", "iTXt", "tEXt", "IDAT", "IEND"]


def test_read_parameters_of_a_png_without_them_is_empty() -> None:
    file = BytesIO()
    IMAGE.save(file, "PNG")
    assert read_parameters(file.getvalue()) == {}


def test_programs_for_stable_diffusion_find_their_text() -> None:
    """`parameters` and `Software`, as Pillow gives them: these programs read pictures with it."""
    made = {"prompt": "Früh am Meer, 海", "negative_prompt": "fog", "seed": 7, "width": 40, "height": 30}
    with Image.open(BytesIO(encode_png(IMAGE, made))) as image:
        assert image.info["parameters"] == "Früh am Meer, 海\nNegative prompt: fog\nSeed: 7, Size: 40x30"
        assert image.info["Software"] == "Atelier"


def test_the_text_comes_before_the_pixels() -> None:
    png = encode_png(IMAGE, {"prompt": "a red circle"})

    assert read_parameters(png[: png.index(b"IDAT") + 4]) == {"prompt": "a red circle"}


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_read_parameters_of_what_is_no_png_raises(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        read_parameters(data)


@pytest.mark.parametrize("text", ["no JSON", "[1, 2]"])
def test_read_parameters_written_by_another_program_raises(text: str) -> None:
    from PIL.PngImagePlugin import PngInfo

    chunks, file = PngInfo(), BytesIO()
    chunks.add_text("atelier", text)
    IMAGE.save(file, "PNG", pnginfo=chunks)
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        read_parameters(file.getvalue())


def _chunks(png: bytes) -> list[str]:
    names, position = [], 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        names.append(png[position + 4 : position + 8].decode())
        position += 12 + length
    return names

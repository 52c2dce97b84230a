"""Pictures through OpenAI's client: formats, sizes, edits, masks, and streams."""

import asyncio
import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
from openai import AsyncOpenAI, OpenAI
from PIL import Image

from tests.generation.openai.conftest import SECONDS
from tests.support.image_requests import encoded
from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes

PROMPT = "a red circle on a blue background"
SEED = {"seed": 7}
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
BLUE = (20, 40, 200)
MIDDLE = (128, 128, 384, 384)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def from_base64(text: str | None) -> Image.Image:
    assert text
    return opened(base64.b64decode(text))


def mask_of(box: tuple[int, int, int, int]) -> bytes:
    mask = Image.new("RGBA", (512, 512), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), box)
    return encoded(mask)


def red_share(pixels: np.ndarray) -> float:
    """How many of the pixels are clearly red."""
    red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
    return float(((red > green + 60) & (red > blue + 60)).mean())


class TestGeneration:
    @pytest.mark.parametrize("output_format", FORMATS)
    def test_url_and_base64_are_the_same_picture_in_the_format_asked_for(
        self, client: OpenAI, output_format: Any
    ) -> None:
        asked: dict[str, Any] = {
            "prompt": PROMPT,
            "size": "256x256",
            "quality": "low",
            "output_format": output_format,
            "extra_body": SEED,
        }
        inside = client.images.generate(response_format="b64_json", **asked)
        linked = client.images.generate(response_format="url", **asked)

        assert (inside.output_format, inside.size, inside.background) == (output_format, "256x256", "opaque")
        assert inside.created > 1_700_000_000
        [first], [second] = inside.data or [], linked.data or []
        assert first.url is None
        assert second.b64_json is None
        image = from_base64(first.b64_json)
        # No credentials: the URL is signed.
        fetched = httpx.get(str(second.url))
        assert fetched.headers["content-type"] == f"image/{output_format}"
        other = opened(fetched.content)
        assert image.format == other.format == FORMATS[output_format]
        assert image.size == other.size == (256, 256)
        assert image.convert("RGB").tobytes() == other.convert("RGB").tobytes()

    def test_the_picture_shows_what_was_asked_for(self, client: OpenAI) -> None:
        made = client.images.generate(prompt=PROMPT, response_format="b64_json", extra_body=SEED)

        image = from_base64((made.data or [])[0].b64_json)
        assert image.size == (512, 512)
        assert red_share(np.asarray(image.convert("RGB"))[192:320, 192:320]) > 0.5

    def test_n_pictures_differ(self, client: OpenAI) -> None:
        made = client.images.generate(
            prompt=PROMPT, n=3, size="256x320", quality="low", response_format="b64_json", extra_body=SEED
        )

        images = [from_base64(each.b64_json) for each in made.data or []]
        assert [image.size for image in images] == [(256, 320)] * 3
        assert len({image.tobytes() for image in images}) == 3

    def test_compression_makes_a_smaller_file(self, client: OpenAI) -> None:
        sizes = []
        for compression in (100, 20):
            made = client.images.generate(
                prompt=PROMPT,
                size="256x256",
                quality="low",
                output_format="jpeg",
                output_compression=compression,
                response_format="b64_json",
                extra_body=SEED,
            )
            sizes.append(len((made.data or [])[0].b64_json or ""))

        assert sizes[1] < sizes[0] / 2

    def test_stream_sends_previews_and_then_the_picture(self, client: OpenAI) -> None:
        stream = client.images.generate(
            prompt=PROMPT, stream=True, partial_images=3, quality="high", output_format="webp", extra_body=SEED
        )

        *partials, completed = list(stream)

        assert 1 <= len(partials) <= 3
        assert [partial.type for partial in partials] == ["image_generation.partial_image"] * len(partials)
        assert [getattr(partial, "partial_image_index", None) for partial in partials] == list(range(len(partials)))
        assert completed.type == "image_generation.completed"
        for event in (*partials, completed):
            assert (event.size, event.output_format, event.background) == ("512x512", "webp", "opaque")
            image = from_base64(event.b64_json)
            assert (image.format, image.size) == ("WEBP", (512, 512))
        assert completed.usage.total_tokens == completed.usage.input_tokens + completed.usage.output_tokens
        times = [event.created_at for event in (*partials, completed)]
        assert times == sorted(times)

    def test_stream_without_partial_images_sends_the_picture_alone(self, client: OpenAI) -> None:
        events = list(client.images.generate(prompt=PROMPT, stream=True, size="256x256", quality="low"))

        assert [event.type for event in events] == ["image_generation.completed"]


class TestEdits:
    def test_only_what_the_mask_shows_is_repainted(self, client: OpenAI) -> None:
        made = client.images.edit(
            image=("blue.png", encoded(Image.new("RGB", (512, 512), BLUE))),
            mask=("mask.png", mask_of(MIDDLE)),
            prompt=PROMPT,
            response_format="b64_json",
            extra_body=SEED,
        )

        pixels = np.asarray(from_base64((made.data or [])[0].b64_json).convert("RGB"))
        repainted = np.zeros((512, 512), dtype=bool)
        repainted[128:384, 128:384] = True
        assert (pixels[~repainted] == BLUE).all()
        assert (pixels[repainted] != BLUE).any(axis=1).mean() > 0.9
        assert red_share(pixels[192:320, 192:320]) > 0.3

    def test_an_edit_without_a_mask_has_the_size_of_its_picture(self, client: OpenAI) -> None:
        made = client.images.edit(
            image=[("start.webp", encoded(Image.new("RGB", (320, 256), BLUE), "WEBP"))],
            prompt=PROMPT,
            n=2,
            quality="low",
            response_format="b64_json",
        )

        assert [from_base64(each.b64_json).size for each in made.data or []] == [(320, 256)] * 2

    def test_stream_of_an_edit(self, client: OpenAI) -> None:
        stream = client.images.edit(
            image=("blue.png", encoded(Image.new("RGB", (256, 256), BLUE))),
            prompt=PROMPT,
            quality="high",
            stream=True,
            partial_images=2,
        )

        *partials, completed = list(stream)

        assert len(partials) <= 2
        assert {partial.type for partial in partials} <= {"image_edit.partial_image"}
        assert completed.type == "image_edit.completed"
        assert from_base64(completed.b64_json).size == (256, 256)


def test_asynchronous_client(atelier: RunningAtelier, key: str) -> None:
    async def both() -> list[Any]:
        async with AsyncOpenAI(base_url=f"{atelier.base_url}/v1", api_key=key, timeout=SECONDS) as client:
            made, stream = await asyncio.gather(
                client.images.generate(prompt=PROMPT, size="256x256", quality="low", response_format="b64_json"),
                client.images.generate(prompt=PROMPT, size="256x256", quality="low", stream=True),
            )
            return [made, *[event async for event in stream]]

    made, completed = asyncio.run(both())

    assert from_base64(made.data[0].b64_json).size == (256, 256)
    assert completed.type == "image_generation.completed"

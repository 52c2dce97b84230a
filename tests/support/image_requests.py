"""Requests to image engines, and ways to listen to a run."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image

from generation.engines.base import ImageRequest


def image_request(**changes: Any) -> ImageRequest:
    """A small, quick request; `changes` are fields of `ImageRequest`."""
    fields: dict[str, Any] = {
        "prompt": "a red circle on a blue background",
        "seed": 7,
        "width": 256,
        "height": 256,
        "num_inference_steps": 2,
        "guidance_scale": 7.5,
    }
    return ImageRequest(**(fields | changes))


def encoded(image: Image.Image, media: str = "PNG", **options: Any) -> bytes:
    """`image` as a file."""
    file = BytesIO()
    image.save(file, media, **options)
    return file.getvalue()


def pixels(data: bytes) -> bytes:
    """The RGB values of an encoded picture."""
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def ignore(step: int, steps: int, preview: Callable[[int], bytes] | None) -> None:
    """An `on_step` for those who do not listen."""


class StopRun(Exception):
    """Raised by `StopAt`."""


class StopAt:
    """An `on_step` that ends the run at a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def __call__(self, step: int, steps: int, preview: Callable[[int], bytes] | None) -> None:
        if step == self._step:
            raise StopRun


class Listener:
    """An `on_step` that writes down what it hears, with the previews of the first `samples` pictures."""

    def __init__(self, samples: int = 0) -> None:
        self.steps: list[tuple[int, int]] = []
        self.previews: list[bytes] = []
        self._samples = samples

    def __call__(self, step: int, steps: int, preview: Callable[[int], bytes] | None) -> None:
        self.steps.append((step, steps))
        if preview is not None:
            self.previews += [preview(index) for index in range(self._samples)]

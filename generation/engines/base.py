"""What every engine is: a small adapter between plain dataclasses and a model. No Django, no rows, no foreign paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class EngineSpec:
    """What a loaded engine can do.

    `native_size` is the side in pixels at which the model was trained, `max_batch` the largest number of requests of
    one `run`, `bytes` what the loaded model occupies on the device (before `load`, an estimate).
    """

    name: str
    capability: str
    family: str
    native_size: int
    max_batch: int
    bytes: int
    device: str
    dtype: str
    licence: str


@dataclass(frozen=True)
class Weights:
    """Which weights to load: `source` is a folder or a hub id, `revision` a pinned commit or content hash."""

    slug: str
    source: str
    revision: str
    family: str
    native_size: int
    licence: str = ""


@dataclass(frozen=True)
class ImageRequest:
    """One picture. `width` and `height` in pixels, `seed` 0 – 2³²−1; `image` holds an encoded picture and `strength`
    0–1 says how far to leave it (image → image), both None for text → image."""

    prompt: str
    seed: int
    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    negative_prompt: str = ""
    image: bytes | None = None
    strength: float | None = None


@dataclass(frozen=True)
class ImageResult:
    """An encoded picture with the parameters that made it inside; `metadata` holds the same parameters."""

    data: bytes
    media_type: str
    width: int
    height: int
    metadata: dict[str, Any] = field(default_factory=dict)


def batch_key(request: ImageRequest) -> tuple[bool, int, int, int, float, float | None]:
    """What the requests of one `run` must have in common: kind, size, steps, guidance and strength."""
    return (
        request.image is not None,
        request.width,
        request.height,
        request.num_inference_steps,
        request.guidance_scale,
        request.strength,
    )


class OnStep(Protocol):
    """Called after each step, 1 ≤ `step` ≤ `steps`. `preview(i)` makes a small JPEG of request i, on demand.

    It raises to stop the run; the engine lets the exception pass and stays usable.
    """

    def __call__(self, step: int, steps: int, preview: Callable[[int], bytes]) -> None: ...


class Engine(Protocol):
    """A model that is loaded once and run many times, by one thread at a time."""

    spec: EngineSpec

    def load(self) -> None:
        """Bring the weights to the device. Raises `EngineLoadError` with the remedy."""
        ...

    def run(self, requests: Sequence[ImageRequest], on_step: OnStep) -> list[ImageResult]:
        """One result for each request, in order.

        There are 1 to `spec.max_batch` requests, all with the same `batch_key` (`ValueError` otherwise). The batch is
        padded to a fixed size, which the metadata names: for the same padded size the same request gives the same
        bytes. Raises `EngineError`, `InvalidInput` for a picture that cannot be decoded, and whatever `on_step` raises.
        """
        ...

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        ...

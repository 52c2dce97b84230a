"""What every engine is: a small adapter between plain dataclasses and a model. No Django, no rows, no foreign paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable


@dataclass(frozen=True)
class EngineSpec:
    """What a loaded engine can do.

    `native_size` is the side in pixels at which the model was trained (music: the sampling rate in Hz; text: 0),
    `max_batch` the largest number of requests of one `run`, `bytes` what the loaded model takes on the device (before
    `load`, an estimate), `slug` names the weights.
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
    slug: str = ""


@dataclass(frozen=True)
class Weights:
    """Which weights to load: `source` is their folder, `revision` a pinned commit or content hash.

    `restore` is the sentence that says how to get the files back where they are missing or damaged.
    """

    slug: str
    source: str
    revision: str
    family: str
    native_size: int
    licence: str = ""
    restore: str = "Put its files back into their folder."


@dataclass(frozen=True)
class Lora:
    """A LoRA for the loaded checkpoint: its file, the file's SHA-256, and what results say of its origin."""

    path: str
    sha256: str
    source: str


@dataclass(frozen=True)
class ImageRequest:
    """One picture. `width` and `height` in pixels, `seed` 0 – 2³²−1.

    `image` holds an encoded picture and `strength` 0–1 says how far to leave it (image → image), both None for text →
    image. `mask`, which only goes with `image` and has its size, is an encoded picture with an alpha channel: what is
    fully transparent in it is repainted, and every other pixel of the result is that of `image`. `lora` changes the
    weights for this picture alone. `quality` is "standard" or "premium", a word of providers: models that run here know
    steps instead.
    """

    prompt: str
    seed: int
    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    negative_prompt: str = ""
    image: bytes | None = None
    strength: float | None = None
    mask: bytes | None = None
    lora: Lora | None = None
    quality: str = "standard"


@dataclass(frozen=True)
class ImageResult:
    """An encoded picture with the parameters that made it inside; `metadata` holds the same parameters."""

    data: bytes
    media_type: str
    width: int
    height: int
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MusicRequest:
    """One piece of sound. `duration` in seconds (1–30), `seed` 0 – 2³²−1; `top_k` 0 takes every token."""

    prompt: str
    seed: int
    duration: float
    guidance_scale: float = 3.0
    temperature: float = 1.0
    top_k: int = 250


@dataclass(frozen=True)
class MusicResult:
    """A mono 16-bit WAV file of `duration` seconds at `sample_rate` Hz."""

    data: bytes
    media_type: str
    sample_rate: int
    duration: float
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TagsRequest:
    """Descriptions of a picture and of a sound, one of which may be empty, and how many tags to give at most."""

    image_prompt: str = ""
    sound_description: str = ""
    max_tags: int = 12


@dataclass(frozen=True)
class TagsResult:
    """Lower-case words or short phrases, each once, most telling first."""

    tags: tuple[str, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: `role` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True)
class TextRequest:
    """One answer of at most `max_tokens` tokens; `temperature` 0 takes the likeliest word each time.

    `messages` is the conversation so far, oldest turn first, where there is one; `prompt` is then its last user's turn,
    for engines that know no turns.
    """

    prompt: str
    seed: int
    max_tokens: int = 128
    temperature: float = 0.7
    messages: tuple[Message, ...] = ()

    @property
    def turns(self) -> tuple[Message, ...]:
        """The conversation; a prompt alone is one of a single turn."""
        return self.messages or (Message("user", self.prompt),)


@dataclass(frozen=True)
class TextResult:
    """`finish_reason` is "stop" where the model ended by itself, "length" where `max_tokens` cut it off."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelsRequest:
    """An encoded picture, and 1 to 100 labels of 1 to 100 characters each, no two the same."""

    image: bytes
    labels: tuple[str, ...]


@dataclass(frozen=True)
class LabelsResult:
    """Each label's score, 0–1, against a neutral caption and on its own, likeliest first: they need not sum to 1."""

    scores: tuple[tuple[str, float], ...]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentsRequest:
    """An encoded picture, and how many segments to give at most (1–100)."""

    image: bytes
    max_segments: int = 20


@dataclass(frozen=True)
class Segment:
    """One mask over the whole picture.

    `counts` are run lengths down the columns, starting with zeros (COCO's uncompressed RLE); `polygons` the outlines as
    (x, y) in pixels, largest first, one for each connected part of at least three corners; `box` (left, top, width,
    height) and `area` in pixels; `predicted_iou` and `stability` 0–1 as the model judges itself.
    """

    counts: tuple[int, ...]
    polygons: tuple[tuple[tuple[int, int], ...], ...]
    box: tuple[int, int, int, int]
    area: int
    predicted_iou: float
    stability: float


@dataclass(frozen=True)
class SegmentsResult:
    """Segments of a picture of `width` × `height` pixels (after its EXIF rotation), largest first."""

    width: int
    height: int
    segments: tuple[Segment, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


def batch_key(request: ImageRequest) -> tuple[bool, bool, int, int, int, float, float | None, str | None]:
    """What the requests of one `run` must have in common: kind, size, steps, guidance, strength and LoRA."""
    return (
        request.image is not None,
        request.mask is not None,
        request.width,
        request.height,
        request.num_inference_steps,
        request.guidance_scale,
        request.strength,
        request.lora.sha256 if request.lora else None,
    )


class OnStep(Protocol):
    """Called after each step, 1 ≤ `step` ≤ `steps`, at least once in a run.

    `preview(i)` makes a small JPEG of request i, on demand; None where there is nothing to look at yet. It raises to
    stop the run; the engine lets the exception pass and stays usable.
    """

    def __call__(self, step: int, steps: int, preview: Callable[[int], bytes] | None) -> None: ...


RequestT = TypeVar("RequestT", contravariant=True)
ResultT = TypeVar("ResultT")


class Engine(Protocol[RequestT, ResultT]):
    """A model that is loaded once and run many times, by one thread at a time.

    `spec.capability` says what it takes and gives: "image", "music", "tags", "text", "labels" or "segments".
    """

    spec: EngineSpec

    def load(self) -> None:
        """Bring the weights to the device. Raises `EngineLoadError` with the remedy."""
        ...

    def run(self, requests: Sequence[RequestT], on_step: OnStep) -> list[ResultT]:
        """One result for each request, in order.

        There are 1 to `spec.max_batch` requests (`ValueError` otherwise), pictures all with the same `batch_key`. The
        same request gives the same bytes; a batch of pictures is padded to a fixed size, which the metadata names, and
        the promise holds for that size. Raises `EngineError`, `InvalidInput` for what cannot be used, and whatever
        `on_step` raises.
        """
        ...

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        ...


@runtime_checkable
class TakesLoras(Protocol):
    """A loaded engine whose requests may name a LoRA: it holds those of late, ready to be merged."""

    def keep_lora(self, lora: Lora) -> None:
        """Read a LoRA ahead of the first request that names it. Raises `EngineLoadError`."""
        ...

    def forget_lora(self, lora: Lora) -> bool:
        """Free what is held of a LoRA; whether anything was."""
        ...

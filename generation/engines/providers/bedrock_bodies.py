"""The JSON of Bedrock's image models: what each family takes, and where its answer has the picture.

Sources: the model cards and "Inference request parameters" of the Amazon Bedrock user guide for Amazon Titan Image
Generator G1, Amazon Nova Canvas, and Stability AI.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from common.errors import InvalidInput
from generation.engines.base import ImageRequest
from generation.engines.providers.limits import Limits, nearest_ratio, nearest_size
from generation.engines.providers.pictures import start_picture

_UPRIGHT = (
    *((512, 512), (768, 768), (1024, 1024), (768, 1152), (384, 576), (768, 1280), (384, 640), (896, 1152)),
    *((448, 576), (768, 1408), (384, 704), (640, 1408), (320, 704), (640, 1152), (640, 1173)),
)
TITAN_SIZES = frozenset({*_UPRIGHT, *((height, width) for width, height in _UPRIGHT)})
_STABILITY_RATIOS = ("1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")


class Withheld(Exception):
    """The answer says that a filter withheld the picture."""


@dataclass(frozen=True)
class Order:
    """A request in the words of its model: `body` is what is sent, `used` what the picture will have been made with."""

    body: Mapping[str, Any]
    used: Mapping[str, Any]


class Family(ABC):
    """Models that share a body; `mark` is the part of their ids that they have in common."""

    mark: ClassVar[str]

    @abstractmethod
    def order(self, model_id: str, request: ImageRequest, limits: Limits) -> Order:
        """The body of a request. Raises `InvalidInput` for what the model cannot do."""

    @abstractmethod
    def picture(self, answer: Mapping[str, Any]) -> str:
        """The base64 of the picture. Raises `Withheld`, and `KeyError` and the like for an answer of another form."""


class _AmazonFamily(Family):
    """Titan Image Generator and Nova Canvas: one body, two ranges of sizes and of prompts."""

    longest_prompt: ClassVar[int]

    @abstractmethod
    def size(self, request: ImageRequest) -> tuple[int, int]:
        """The size (width, height) that is nearest to the one asked for."""

    def order(self, model_id: str, request: ImageRequest, limits: Limits) -> Order:
        width, height = self.size(request)
        limits.without_steps(request.num_inference_steps)
        config = {
            # One each, so that every picture has a seed of its own that makes it again.
            "numberOfImages": 1,
            "quality": request.quality,
            "width": width,
            "height": height,
            "cfgScale": limits.between("The guidance scale", request.guidance_scale, 1.1, 10.0),
            "seed": limits.seed(request.seed, 2_147_483_646),
        }
        used = {"seed": config["seed"], "guidance_scale": config["cfgScale"], "quality": request.quality}
        task = self._task(request, (width, height), limits)
        return Order({**task, "imageGenerationConfig": config}, used)

    def _task(self, request: ImageRequest, size: tuple[int, int], limits: Limits) -> dict[str, Any]:
        words = {}
        if request.prompt.strip():
            words["text"] = limits.text("A prompt", request.prompt, self.longest_prompt)
        if request.negative_prompt.strip():
            words["negativeText"] = limits.text("A negative prompt", request.negative_prompt, self.longest_prompt)
        if request.image is None:
            return {"taskType": "TEXT_IMAGE", "textToImageParams": words}
        similarity = limits.between("The likeness to the start picture", round(1 - (request.strength or 0), 3), 0.2, 1)
        pictures = {"images": [start_picture(request.image, size)], "similarityStrength": similarity}
        return {"taskType": "IMAGE_VARIATION", "imageVariationParams": {**words, **pictures}}

    def picture(self, answer: Mapping[str, Any]) -> str:
        # Before `images`: an answer may have both.
        if answer.get("error"):
            raise Withheld
        return str(answer["images"][0])


class _Titan(_AmazonFamily):
    mark = "amazon.titan-image-generator"
    longest_prompt = 512

    def size(self, request: ImageRequest) -> tuple[int, int]:
        return nearest_size(TITAN_SIZES, (request.width, request.height))


class _NovaCanvas(_AmazonFamily):
    mark = "amazon.nova-canvas"
    longest_prompt = 1024

    def size(self, request: ImageRequest) -> tuple[int, int]:
        width, height = (max(320, round(side / 16) * 16) for side in (request.width, request.height))
        return width, height

    def order(self, model_id: str, request: ImageRequest, limits: Limits) -> Order:
        if not request.prompt.strip():
            raise InvalidInput("'prompt' is required: Nova Canvas changes no picture without one.")
        return super().order(model_id, request, limits)


class _Stability(Family):
    mark = "stability."
    # Those that take a start picture.
    _WITH_START_PICTURE = ("stability.sd3", "stability.stable-image-ultra")

    def order(self, model_id: str, request: ImageRequest, limits: Limits) -> Order:
        limits.without_steps(request.num_inference_steps)
        limits.without_guidance(request.guidance_scale)
        if request.quality != "standard":
            limits.warnings.append(f"This model has one quality: {request.quality!r} was not used.")
        seed = limits.seed(request.seed, 4_294_967_294)
        body: dict[str, Any] = {
            "prompt": limits.text("A prompt", request.prompt, 10_000),
            "seed": seed,
            "output_format": "png",
        }
        if request.negative_prompt.strip():
            body["negative_prompt"] = request.negative_prompt
        return Order({**body, **self._mode(model_id, request)}, {"seed": seed})

    def _mode(self, model_id: str, request: ImageRequest) -> dict[str, Any]:
        asked = (request.width, request.height)
        if request.image is None:
            return {"mode": "text-to-image", "aspect_ratio": nearest_ratio(_STABILITY_RATIOS, asked)}
        if not any(mark in model_id for mark in self._WITH_START_PICTURE):
            raise InvalidInput(f"{model_id} makes no picture from a picture. Choose another model, or leave it out.")
        return {
            "mode": "image-to-image",
            "image": start_picture(request.image, asked),
            "strength": request.strength,
        }

    def picture(self, answer: Mapping[str, Any]) -> str:
        if any(answer.get("finish_reasons") or ()):
            raise Withheld
        return str(answer["images"][0])


FAMILIES: tuple[Family, ...] = (_Titan(), _NovaCanvas(), _Stability())


def family_of(model_id: str) -> Family | None:
    """Which family a model id belongs to, with or without a region before it ("us."); None for any other model."""
    return next((family for family in FAMILIES if family.mark in model_id), None)

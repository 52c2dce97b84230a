"""Hugging Face Inference: `text_to_image` of its client, routed to a provider by the hub, or to one address."""

from typing import Any

import httpx2
from huggingface_hub import InferenceClient
from huggingface_hub.constants import is_offline_mode
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from PIL import Image, UnidentifiedImageError

from common.errors import InvalidInput
from generation.engines.base import ImageRequest, ImageResult, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.pictures import fit
from generation.engines.providers.base import ProviderEngine
from generation.engines.providers.failures import Cause, cause_of_status
from generation.engines.providers.limits import Limits
from generation.engines.providers.pictures import image_result, refuse_what_needs_a_model_here

_LARGEST_SEED = 2**32 - 1


class HuggingFaceEngine(ProviderEngine[ImageRequest, ImageResult]):
    """An image model that Hugging Face's inference providers serve, or an Inference Endpoint at `base_url`."""

    name = "huggingface"
    capability = "image"
    title = "Hugging Face Inference"
    remedies = {
        Cause.CREDENTIALS: "The operator must set HF_TOKEN to a token that may make calls to Inference Providers.",
        Cause.DENIED: "The operator must accept the model's licence on its page, or give HF_TOKEN the right to make "
        "calls to Inference Providers.",
        Cause.QUOTA: "The monthly credits are spent: wait for the next month, or buy more at Hugging Face.",
        Cause.GONE: "The operator must set HF_IMAGE_MODEL to a model that an inference provider serves.",
    }

    def __init__(self, weights: Weights, *, token: str, base_url: str = "", **common: Any) -> None:
        super().__init__(weights, **common)
        self._token, self._base_url = token, base_url

    def _connect(self) -> Any:
        if is_offline_mode():
            raise EngineLoadError("Hugging Face's client is switched off. The operator must unset HF_HUB_OFFLINE.")
        return InferenceClient(
            model=None if self._base_url else self._weights.source,
            base_url=self._base_url or None,
            token=str(self._token),
            timeout=self._timeout,
        )

    def _ask(self, request: ImageRequest) -> ImageResult:
        if request.image is not None:
            raise InvalidInput("Hugging Face Inference makes pictures from prompts only here. Choose another model.")
        refuse_what_needs_a_model_here(request)
        limits = Limits()
        seed = limits.seed(request.seed, _LARGEST_SEED)
        width, height = (-(-side // 8) * 8 for side in (request.width, request.height))
        try:
            picture: Image.Image = self._client.text_to_image(
                request.prompt,
                negative_prompt=request.negative_prompt or None,
                width=width,
                height=height,
                num_inference_steps=request.num_inference_steps,
                guidance_scale=request.guidance_scale,
                seed=seed,
            ).convert("RGB")
        except (UnidentifiedImageError, SyntaxError, Image.DecompressionBombError):
            raise self._failure(Cause.UNREADABLE) from None
        if picture.size == (width, height):
            picture = fit(picture, (request.width, request.height))
        used = {
            "seed": seed,
            "num_inference_steps": request.num_inference_steps,
            "guidance_scale": request.guidance_scale,
        }
        return image_result(picture, request, limits, {**self._provenance(), **used})

    def _diagnose(self, error: Exception) -> tuple[Cause, str]:
        if isinstance(error, HfHubHTTPError):
            status = error.response.status_code
            if status == httpx2.codes.SERVICE_UNAVAILABLE:
                return Cause.NOT_READY, ""
            return cause_of_status(status), error.server_message or ""
        if isinstance(error, InferenceTimeoutError | httpx2.TimeoutException):
            return Cause.TIMEOUT, ""
        if isinstance(error, httpx2.TransportError | OSError):
            return Cause.AWAY, ""
        # The client itself refuses a model that no provider serves.
        return (Cause.GONE if isinstance(error, ValueError) else Cause.UNREADABLE), ""

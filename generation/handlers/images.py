"""Jobs that make pictures."""

from collections.abc import Sequence
from typing import Any

from content.models import Kind
from generation.engines.base import ImageRequest, ImageResult
from generation.handlers.base import Handler, Params, Piece, input_picture, provenance, warnings_of
from generation.models import Job
from generation.personal.weights import lora_for

_ONCE_A_CALL = ("width", "height", "num_inference_steps", "guidance_scale", "strength")


class ImageHandler(Handler):
    """`image` and `image_to_image`: one request for each picture, image *i* with seed + *i*."""

    def total_steps(self, params: Params) -> int:
        return int(params["num_inference_steps"]) * int(params.get("number_of_images", 1))

    def shared_by_batch(self, params: Params) -> list[Any]:
        shared = [params.get(name) for name in _ONCE_A_CALL]
        # Every row has a mask of its own, or none has one.
        return [*shared, bool(params.get("mask"))]

    def requests(self, job: Job) -> list[ImageRequest]:
        params, lora = job.params, lora_for(job.personal_model)
        image, mask = input_picture(job), input_picture(job, "mask")
        return [
            ImageRequest(
                prompt=params.get("prompt") or "",
                negative_prompt=params.get("negative_prompt") or "",
                seed=(params["seed"] + index) % 2**32,
                width=params["width"],
                height=params["height"],
                num_inference_steps=params["num_inference_steps"],
                guidance_scale=params["guidance_scale"],
                image=image,
                strength=params.get("strength"),
                mask=mask,
                lora=lora,
                quality=params.get("quality", "standard"),
            )
            for index in range(int(params.get("number_of_images", 1)))
        ]

    def pieces(self, job: Job, results: Sequence[ImageResult]) -> list[Piece]:
        return [
            Piece(
                data=result.data,
                kind=Kind.IMAGE,
                media_type=result.media_type,
                prompt=job.params.get("prompt", ""),
                provenance=provenance(job, result.metadata),
                width=result.width,
                height=result.height,
            )
            for result in results
        ]

    def picture_to_label(self, job: Job, results: Sequence[ImageResult]) -> bytes | None:
        return results[0].data

    def result(self, job: Job, results: Sequence[Any]) -> dict[str, Any]:
        return warnings_of(results)

"""Stable Diffusion through diffusers: text → image and image → image, from the same components."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg
from PIL import Image

from generation.engines.base import ImageRequest, ImageResult, Lora, OnStep, Weights, batch_key
from generation.engines.devices import memory_guard
from generation.engines.errors import EngineError
from generation.engines.folder_engine import DTYPES, FolderEngine, bytes_of
from generation.engines.inpainting import Repainter, Repainting
from generation.engines.lora import LoraSwitch
from generation.engines.lora_layers import COMPONENTS as LORA_COMPONENTS
from generation.engines.masks import decode_mask
from generation.engines.pictures import Canvas, decode_picture, plan_canvas
from generation.engines.png import encode_png
from generation.engines.previews import Previewer, make_previewer
from generation.engines.prompts import EncodedPrompts, encode_prompts
from generation.engines.weights_files import checked_folder, guidance_rescale

_COMPONENTS = ("text_encoder", "unet", "vae")


class StableDiffusionEngine(FolderEngine[ImageRequest, ImageResult]):
    """One checkpoint of the Stable Diffusion 1 family in diffusers' layout, safetensors only."""

    name = "stable-diffusion"
    capability = "image"

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self._guidance_rescale = 0.0
        self._text_to_image: Any = None
        self._image_to_image: Any = None
        self._previewer: Any = None
        self._loras: LoraSwitch | None = None

    def keep_lora(self, lora: Lora) -> None:
        """See `TakesLoras`."""
        if self._loras is not None:
            with memory_guard(self.spec.device):
                self._loras.keep(lora)

    def forget_lora(self, lora: Lora) -> bool:
        """See `TakesLoras`."""
        return self._loras is not None and self._loras.forget(lora)

    def _check_files(self) -> Path:
        return checked_folder(self._weights, _COMPONENTS)

    def _read(self, folder: Path) -> None:
        _quieten_libraries()
        self._text_to_image = StableDiffusionPipeline.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=DTYPES[self.spec.dtype],
            # Named, they are neither downloaded nor loaded.
            safety_checker=None,
            feature_extractor=None,
            image_encoder=None,
            requires_safety_checker=False,
        )
        self._guidance_rescale = guidance_rescale(self._weights)

    def _place(self) -> int:
        pipeline = self._text_to_image.to(self.spec.device)
        self._previewer = make_previewer(pipeline.vae, self.spec.native_size)
        components = dict(pipeline.components)
        # A scheduler keeps state while it runs: each pipeline has its own.
        components["scheduler"] = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
        self._image_to_image = StableDiffusionImg2ImgPipeline(**components, requires_safety_checker=False)
        for each in (self._text_to_image, self._image_to_image):
            each.set_progress_bar_config(disable=True)
        # Both pipelines have the same modules, so that one switch serves both.
        self._loras = LoraSwitch({name: getattr(pipeline, name) for name in LORA_COMPONENTS}, self.spec.device)
        return bytes_of(*(getattr(pipeline, name) for name in _COMPONENTS))

    def _drop(self) -> None:
        self._text_to_image = self._image_to_image = self._previewer = None
        self._loras = None

    def _run(self, requests: Sequence[ImageRequest], on_step: OnStep) -> list[ImageResult]:
        """Image → image runs the last `strength` of the steps; where that is none, the result is the picture itself,
        resized.
        """
        _refuse_mixed_batch(requests)
        first = requests[0]
        if self._loras is not None:
            self._loras.put_on(first.lora)
        canvas = plan_canvas(self.spec.native_size, first.width, first.height)
        padded = padded_batch_size(len(requests), self.spec.max_batch)
        rows = [*requests, *[requests[-1]] * (padded - len(requests))]
        originals = [decode_picture(row.image) for row in rows if row.image is not None]
        masks = [decode_mask(row.mask, size=original.size) for row, original in _masked(rows, originals)]
        repainting = Repainting(canvas, originals, masks) if masks else None
        prompts = self._encode(rows)
        if originals and _steps_to_run(first) == 0:
            pictures, steps = originals, 0
        else:
            pictures, steps = self._generate(rows, prompts, originals, canvas, on_step, repainting)
        finished = [canvas.finish(picture) for picture in pictures]
        if repainting is not None:
            finished = [repainting.restore(index, picture) for index, picture in enumerate(finished)]
        shared = {"generated_size": list(canvas.generated), "padded_batch_size": padded, "steps": steps}
        return [
            self._result(request, picture, {**shared, "prompt_truncated": truncated})
            for request, picture, truncated in zip(requests, finished, prompts.truncated, strict=False)
        ]

    def _encode(self, rows: Sequence[ImageRequest]) -> EncodedPrompts:
        pipeline = self._text_to_image
        return encode_prompts(
            pipeline.tokenizer,
            pipeline.text_encoder,
            [row.prompt for row in rows],
            [row.negative_prompt for row in rows],
        )

    def _generate(
        self,
        rows: Sequence[ImageRequest],
        prompts: EncodedPrompts,
        originals: Sequence[Image.Image],
        canvas: Canvas,
        on_step: OnStep,
        repainting: Repainting | None,
    ) -> tuple[list[Image.Image], int]:
        """The pictures of all rows at the generated size, and how many steps were run."""
        first = rows[0]
        reporter = _StepReporter(self._previewer, canvas, on_step)
        arguments: dict[str, Any] = {
            "prompt_embeds": prompts.positive,
            "negative_prompt_embeds": prompts.negative,
            "num_inference_steps": first.num_inference_steps,
            "guidance_scale": first.guidance_scale,
            # On the CPU on every device, so that a seed means the same everywhere.
            "generator": [torch.Generator("cpu").manual_seed(row.seed) for row in rows],
            "callback_on_step_end": reporter
            if repainting is None
            else Repainter(self._image_to_image, repainting, [row.seed for row in rows], reporter),
            "output_type": "pt",
            "return_dict": False,
        }
        if originals:
            prepared = [canvas.prepare(original) for original in originals]
            with _rescaled_guidance(self._image_to_image.unet, first.guidance_scale, self._guidance_rescale):
                pixels = self._image_to_image(image=prepared, strength=first.strength, **arguments)[0]
        else:
            width, height = canvas.generated
            pixels = self._text_to_image(
                width=width, height=height, guidance_rescale=self._guidance_rescale, **arguments
            )[0]
        return self._to_pictures(pixels), reporter.steps

    def _to_pictures(self, pixels: torch.Tensor) -> list[Image.Image]:
        """`pixels` is (batch, 3, height, width), 0–1."""
        values = pixels.float()
        if not bool(torch.isfinite(values).all()):
            raise EngineError(
                f"The model's numbers went out of range in {self.spec.dtype}. "
                "Use another precision or another guidance scale."
            )
        rows = (values * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return [Image.fromarray(row) for row in rows]

    def _result(self, request: ImageRequest, picture: Image.Image, run: dict[str, Any]) -> ImageResult:
        metadata = {
            **self._provenance(),
            "scheduler": type(self._text_to_image.scheduler).__name__,
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "seed": request.seed,
            "num_inference_steps": request.num_inference_steps,
            "guidance_scale": request.guidance_scale,
            "guidance_rescale": self._guidance_rescale,
            "strength": request.strength,
            **({"repainted": True} if request.mask is not None else {}),
            "width": picture.width,
            "height": picture.height,
            **({"lora": request.lora.source, "lora_sha256": request.lora.sha256} if request.lora else {}),
            **run,
        }
        return ImageResult(encode_png(picture, metadata), "image/png", picture.width, picture.height, metadata)


class _StepReporter:
    """diffusers' `callback_on_step_end`: reports each step and makes previews on demand."""

    def __init__(self, previewer: Previewer, canvas: Canvas, on_step: OnStep) -> None:
        self._previewer = previewer
        self._canvas = canvas
        self._on_step = on_step
        self.steps = 0

    def __call__(self, pipeline: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        latents = tensors["latents"]
        self.steps = index + 1
        self._on_step(
            self.steps,
            pipeline.num_timesteps,
            lambda sample: self._canvas.preview(self._previewer(latents[sample : sample + 1])),
        )
        return {}


def padded_batch_size(count: int, max_batch: int) -> int:
    """The fixed size that a batch of `count` is padded to: the next power of two, at most `max_batch`.

    A row's last bits depend on the size of its batch, and on nothing else in it.
    """
    return min(1 << (count - 1).bit_length(), max_batch)


def _steps_to_run(request: ImageRequest) -> int:
    """How many of its steps an image → image request runs, as diffusers counts them."""
    return min(int(request.num_inference_steps * (request.strength or 0.0)), request.num_inference_steps)


@contextmanager
def _rescaled_guidance(unet: Any, scale: float, rescale: float) -> Iterator[None]:
    """Give the image → image pipeline the `guidance_rescale` that only text → image has as an argument.

    The guided prediction is put in place of both of the UNet's predictions: the pipeline's own guidance between two
    equal predictions changes nothing any more.
    """
    if rescale == 0 or scale <= 1:
        yield
        return

    def guide(module: Any, arguments: Any, output: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        unconditional, conditional = output[0].chunk(2)
        guided = unconditional + scale * (conditional - unconditional)
        guided = rescale_noise_cfg(guided, conditional, guidance_rescale=rescale)
        return (torch.cat([guided, guided]),)

    hook = unet.register_forward_hook(guide)
    try:
        yield
    finally:
        hook.remove()


def _masked(rows: Sequence[ImageRequest], originals: Sequence[Image.Image]) -> list[tuple[ImageRequest, Image.Image]]:
    return [(row, original) for row, original in zip(rows, originals, strict=False) if row.mask is not None]


def _refuse_mixed_batch(requests: Sequence[ImageRequest]) -> None:
    if len({batch_key(request) for request in requests}) > 1:
        raise ValueError("the requests of a run must have the same batch key")
    if (requests[0].image is None) != (requests[0].strength is None):
        raise ValueError("image and strength go together")
    if requests[0].mask is not None and requests[0].image is None:
        raise ValueError("a mask needs an image")


def _quieten_libraries() -> None:
    """Progress bars and hints of the libraries have no reader in a worker's log."""
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

"""Repainting a part of a picture on the image → image loop; the rest stays as it was, to the last bit.

At each step the known part of the latents is replaced by the original's, noised to where the loop is: Lugmayr et al.,
"RePaint: Inpainting using Denoising Diffusion Probabilistic Models" (2022), without its jumps back. The VAE changes
even what was known, so that the original's own pixels are put back at the end.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from PIL import Image, ImageChops, ImageFilter

from generation.engines.pictures import Canvas, fit

# Of the new paint's edge, in pixels of the result.
_FEATHER = 4
_FULL = 255

OnStepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


class Repainting:
    """The originals and masks (as `masks.decode_mask` gives them) of a batch."""

    def __init__(self, canvas: Canvas, originals: Sequence[Image.Image], masks: Sequence[Image.Image]) -> None:
        self._canvas = canvas
        self._originals, self._masks = originals, masks

    def pixels(self) -> torch.Tensor:
        """The originals at the generated size: (batch, 3, height, width), −1 – 1."""
        return torch.stack([_tensor(self._canvas.prepare(each.convert("RGB"))) * 2 - 1 for each in self._originals])

    def latent_masks(self, scale: int) -> torch.Tensor:
        """1 for each latent that has to do with a repainted pixel: (batch, 1, height, width), `scale` pixels a side."""
        masks = torch.stack([_tensor(self._canvas.prepare(mask)) for mask in self._masks])
        return torch.nn.functional.max_pool2d((masks > 0).float(), scale)

    def restore(self, index: int, painted: Image.Image) -> Image.Image:
        """`painted`, of the size asked for, where it was to be repainted; every other pixel is the original's.

        The new paint fades in over `_FEATHER` pixels, all of them within the repainted area.
        """
        original = fit(self._originals[index], painted.size)
        # A mask that was resized has grey edges: only what is repainted altogether is.
        repainted = fit(self._masks[index], painted.size).point(lambda value: _FULL if value == _FULL else 0)
        weight = ImageChops.multiply(repainted.filter(ImageFilter.BoxBlur(_FEATHER)), repainted)
        return Image.composite(painted, original, weight)


class Repainter:
    """diffusers' `callback_on_step_end`: brings the known part back, then calls `after`."""

    def __init__(self, pipeline: Any, repainting: Repainting, seeds: Sequence[int], after: OnStepEnd) -> None:
        vae = pipeline.vae
        pixels = repainting.pixels().to(vae.device, vae.dtype)
        with torch.no_grad():
            self._known: torch.Tensor = vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor
        self._masks = repainting.latent_masks(pipeline.vae_scale_factor).to(self._known)
        # On the CPU on every device, and apart from the loop's own draws.
        draws = [torch.Generator("cpu").manual_seed(seed ^ 0x9E3779B9) for seed in seeds]
        self._noise = torch.stack([torch.randn(self._known.shape[1:], generator=each) for each in draws]).to(
            self._known
        )
        self._after = after

    def __call__(self, pipeline: Any, index: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        latents = tensors["latents"]
        known = self._noised(pipeline, index).to(latents)
        masks = self._masks.to(latents)
        mixed = latents * masks + known * (1 - masks)
        self._after(pipeline, index, timestep, {**tensors, "latents": mixed})
        return {"latents": mixed}

    def _noised(self, pipeline: Any, index: int) -> torch.Tensor:
        """The originals' latents with as much noise as is left after step `index` of the loop."""
        left = pipeline.scheduler.timesteps[-pipeline.num_timesteps :][index + 1 :]
        if len(left) == 0:
            return self._known
        noised: torch.Tensor = pipeline.scheduler.add_noise(self._known, self._noise, left[:1])
        return noised


def _tensor(image: Image.Image) -> torch.Tensor:
    """(channels, height, width), 0–1."""
    bands = [torch.frombuffer(bytearray(band.tobytes()), dtype=torch.uint8) for band in image.split()]
    return torch.stack(bands).reshape(len(bands), image.height, image.width).float() / _FULL

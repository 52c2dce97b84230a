"""Small pictures of unfinished latents, at a cost that does not show beside a step."""

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image

from generation.engines.pictures import SMALLEST_SIDE

# A quarter of the pixels of the demo model's pictures: 26 ms in float32 on one core, where all of them take 90.
_DECODED_SIDE = 64
_BLOCKS = 6
_BLOCK_SIDE = 32

Previewer = Callable[[torch.Tensor], Image.Image]


def make_previewer(vae: Any, native_size: int) -> Previewer:
    """What turns scaled latents (1, channels, height, width) into a small RGB picture of the same aspect.

    A small model's VAE decodes them, averaged to `_DECODED_SIDE` pixels. A large one's would cost percents of a step
    on a CPU even so: there a linear map from a latent to its colour is fitted to the VAE once. It shows one pixel for
    a latent, and is true for areas but not for fine detail.
    """
    if native_size < SMALLEST_SIDE:
        return lambda latents: _decoded(vae, latents)
    matrix = fit_colours(vae)
    return lambda latents: _projected(matrix, latents)


@torch.inference_mode()
def fit_colours(vae: Any) -> torch.Tensor:
    """The (channels + 1, 3) matrix that best maps a scaled latent and a 1 to its colour, 0–1, by least squares.

    Fitted on what the VAE makes of 36 squares of random, always the same colours.
    """
    colours = torch.rand((1, 3, _BLOCKS, _BLOCKS), generator=torch.Generator().manual_seed(0))
    picture = torch.nn.functional.interpolate(colours, scale_factor=_BLOCK_SIDE, mode="nearest")
    encoded = vae.encode((picture * 2 - 1).to(vae.device, vae.dtype)).latent_dist.mean * vae.config.scaling_factor
    latents = torch.nn.functional.adaptive_avg_pool2d(encoded.float().cpu(), _BLOCKS)
    matrix: torch.Tensor = torch.linalg.lstsq(_with_ones(latents), _rows(colours)).solution
    return matrix


def _decoded(vae: Any, latents: torch.Tensor) -> Image.Image:
    factor = -(-max(latents.shape[2:]) * _scale(vae) // _DECODED_SIDE)
    if factor > 1:
        latents = torch.nn.functional.avg_pool2d(latents, factor, ceil_mode=True)
    pixels = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0][0]
    return _to_image((pixels.float() / 2 + 0.5).permute(1, 2, 0))


def _projected(matrix: torch.Tensor, latents: torch.Tensor) -> Image.Image:
    height, width = latents.shape[2:]
    return _to_image((_with_ones(latents.float().cpu()) @ matrix).reshape(height, width, 3))


def _to_image(values: torch.Tensor) -> Image.Image:
    """`values` is (height, width, 3), about 0–1."""
    return Image.fromarray((values.nan_to_num() * 255).clamp(0, 255).to(torch.uint8).cpu().numpy())


def _with_ones(latents: torch.Tensor) -> torch.Tensor:
    rows = _rows(latents)
    return torch.cat([rows, torch.ones(len(rows), 1)], dim=1)


def _rows(values: torch.Tensor) -> torch.Tensor:
    """(1, channels, height, width) as (height · width, channels)."""
    return values[0].flatten(1).T


def _scale(vae: Any) -> int:
    """How many pixels a latent is wide."""
    return int(2 ** (len(vae.config.block_out_channels) - 1))

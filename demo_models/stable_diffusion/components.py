"""The diffusers classes we build from, without types.

The library's own annotations contradict its use: ``to`` is wrapped without its parameters, the 1 x 1
convolutions of an autoencoder may be None, and the lazily loading front door shows empty stand-ins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    AutoencoderKL = Any
    DDIMScheduler = Any
    StableDiffusionPipeline = Any
    UNet2DConditionModel = Any
else:
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

__all__ = ["AutoencoderKL", "DDIMScheduler", "StableDiffusionPipeline", "UNet2DConditionModel"]

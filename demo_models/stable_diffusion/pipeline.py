"""Putting the trained parts together into one diffusers pipeline, and its folder on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import torch
from transformers import CLIPTextModel, CLIPTokenizer

from demo_models.optimiser import silence_residuals
from demo_models.scenes.compose import NATIVE_SIZE
from demo_models.stable_diffusion.components import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from demo_models.stable_diffusion.profile import UnetProfile

# Judged by eye and by outline: without it the shapes are cleaner, and no colour is lost.
GUIDANCE_RESCALE = 0.0
LICENCE = "the same as Atelier's code"
REVISION = "3"


def build_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise schedule, mended so that the last timestep is pure noise.

    Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed" (2024): without zero
    terminal signal-to-noise ratio, the velocity target and trailing timesteps, a model cannot make
    pictures that are very bright or very dark throughout.
    """
    return cast(
        DDIMScheduler,
        DDIMScheduler(
            num_train_timesteps=1000,
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction",
            timestep_spacing="trailing",
            rescale_betas_zero_snr=True,
            clip_sample=False,
            set_alpha_to_one=True,
            steps_offset=1,  # unused with trailing timesteps; the pipeline warns about any other value
        ),
    )


def build_unet(profile: UnetProfile, text_width: int) -> UNet2DConditionModel:
    """An untrained denoiser for 32 x 32 x 4 latents and text states of ``text_width``.

    Attention is only where it is cheap (8 x 8 and 4 x 4). The upper levels hear about the caption
    through the time embedding, to which ``addition_embed_type="text"`` adds the pooled text, as in
    Saharia et al., "Photorealistic Text-to-Image Diffusion Models" (2022).
    """
    unet = UNet2DConditionModel(
        sample_size=NATIVE_SIZE // 4,
        in_channels=4,
        out_channels=4,
        block_out_channels=profile.widths,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        cross_attention_dim=text_width,
        attention_head_dim=4,  # despite its name diffusers reads this as the number of heads
        norm_num_groups=profile.groups,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )
    silence_residuals(unet)
    return cast(UNet2DConditionModel, unet)


def assemble(
    vae: AutoencoderKL, text_encoder: CLIPTextModel, tokenizer: CLIPTokenizer, unet: UNet2DConditionModel
) -> StableDiffusionPipeline:
    """The standard text-to-image pipeline; image-to-image takes the same components."""
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def save(pipeline: StableDiffusionPipeline, folder: Path) -> None:
    """Write the pipeline in float16 with ``atelier.json``, the engine's defaults, beside it."""
    pipeline.to(dtype=torch.float16).save_pretrained(folder, safe_serialization=True)
    _forget_precision(folder / "text_encoder" / "config.json")
    defaults = {
        "native_size": NATIVE_SIZE,
        "guidance_rescale": GUIDANCE_RESCALE,
        "licence": LICENCE,
        "revision": REVISION,
    }
    (folder / "atelier.json").write_text(json.dumps(defaults, indent=2) + "\n")


def _forget_precision(config: Path) -> None:
    """Let the text encoder load in float32 unless told otherwise, as the other parts do.

    transformers loads in the precision that the configuration names, diffusers in float32: the parts of a
    pipeline loaded without ``torch_dtype`` would not fit together.
    """
    values = json.loads(config.read_text())
    values["dtype"] = "float32"
    config.write_text(json.dumps(values, indent=2) + "\n")

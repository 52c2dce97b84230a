"""A Stable Diffusion of random weights: the real classes in 1.5 MB, for tests that need an engine but no meaning."""

import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

SchedulerName = Literal["ddim", "pndm"]

_TEXT_WIDTH = 32
_POSITIONS = 77


def make_tiny_pipeline(folder: Path, *, scheduler: SchedulerName = "ddim", seed: int = 0) -> Path:
    """Write a loadable pipeline of random weights into `folder` and return it. The same `seed` gives the same weights.

    The VAE shrinks by 8, as Stable Diffusion's does, so that 256 × 256 pixels are 32 × 32 latents.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        text_encoder, unet, vae = _text_encoder(len(tokenizer)), _unet(), _vae()
    pipeline: Any = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=_scheduler(scheduler),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """Bytes as tokens, without merges: every text has an encoding, none needs a download."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory(dir=folder) as drafts:
        vocabulary, merges = Path(drafts) / "vocab.json", Path(drafts) / "merges.txt"
        vocabulary.write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
        merges.write_text("#version: 0.2\n")
        tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(drafts, model_max_length=_POSITIONS)
        return tokenizer


def _text_encoder(vocabulary: int) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=_TEXT_WIDTH,
            intermediate_size=2 * _TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=_POSITIONS,
            bos_token_id=vocabulary - 2,
            eos_token_id=vocabulary - 1,
            pad_token_id=vocabulary - 1,
        )
    )


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=_TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=64,
    )


def _scheduler(name: SchedulerName) -> DDIMScheduler | PNDMScheduler:
    """`ddim` as the demo model has it (velocities, zero terminal signal); `pndm` as Stable Diffusion 1.5 ships it."""
    if name == "pndm":
        return PNDMScheduler(
            beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, skip_prk_steps=True, steps_offset=1
        )
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )

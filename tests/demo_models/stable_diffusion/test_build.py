"""Every training stage runs in seconds on tiny models, lowers its loss, and resumes where it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

from demo_models.stable_diffusion.build import build
from demo_models.stable_diffusion.profile import QUICK
from demo_models.stable_diffusion.tokenizer import build_tokenizer
from demo_models.stable_diffusion.train_text_encoder import build_text_encoder, train_text_encoder
from demo_models.stable_diffusion.train_unet import prepare, train_unet
from demo_models.stable_diffusion.train_vae import build_vae, train_vae
from tests.support.training_runs import assert_losses_fell, assert_same_weights, stop_after_first_checkpoint


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return build_tokenizer(QUICK.text.vocabulary, QUICK.text.captions, QUICK.seed)


def test_vae_stage_lowers_its_loss_and_resumes(tmp_path: Path) -> None:
    unbroken = train_vae(QUICK, tmp_path / "unbroken")
    stop_after_first_checkpoint(lambda: train_vae(QUICK, tmp_path / "broken"))
    resumed = train_vae(QUICK, tmp_path / "broken")

    assert_losses_fell(tmp_path / "unbroken" / "vae.pt", 0.95)
    assert_same_weights(unbroken, resumed)


def test_text_stage_lowers_its_loss_and_resumes(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    unbroken = train_text_encoder(QUICK, tokenizer, tmp_path / "unbroken")
    stop_after_first_checkpoint(lambda: train_text_encoder(QUICK, tokenizer, tmp_path / "broken"))
    resumed = train_text_encoder(QUICK, tokenizer, tmp_path / "broken")

    assert_losses_fell(tmp_path / "unbroken" / "text-encoder.pt", 0.95)
    assert_same_weights(unbroken, resumed)


def test_unet_stage_lowers_its_loss_and_resumes(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    vae, text_encoder = untrained_parts(tokenizer)
    prepare(QUICK, vae, tmp_path)
    unbroken = train_unet(QUICK, text_encoder, tokenizer, tmp_path)
    (tmp_path / "unet.pt").rename(tmp_path / "unbroken.pt")
    stop_after_first_checkpoint(lambda: train_unet(QUICK, text_encoder, tokenizer, tmp_path))
    resumed = train_unet(QUICK, text_encoder, tokenizer, tmp_path)

    assert_losses_fell(tmp_path / "unbroken.pt", 0.95)
    assert_same_weights(unbroken, resumed)


def untrained_parts(tokenizer: CLIPTokenizer) -> tuple[AutoencoderKL, CLIPTextModel]:
    torch.manual_seed(0)
    text_encoder = build_text_encoder(QUICK.text, tokenizer).eval().requires_grad_(False)
    return build_vae(QUICK.vae).requires_grad_(False), text_encoder


def test_quick_build_makes_a_pipeline_that_loads_and_draws(tmp_path: Path) -> None:
    build(QUICK, tmp_path / "work", tmp_path / "out")

    pipeline = StableDiffusionPipeline.from_pretrained(tmp_path / "out")
    pipeline.set_progress_bar_config(disable=True)
    image = pipeline("a red circle on a blue background", num_inference_steps=2).images[0]
    assert image.size == (128, 128)
    weights = load_file(tmp_path / "out" / "unet" / "diffusion_pytorch_model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float16}

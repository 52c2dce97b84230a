"""Every training stage runs in seconds on tiny models, lowers its loss, and resumes where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
from demo_models.training import Checkpoint


class Stopped(Exception):
    """Stands for the power cut in the middle of a training run."""


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return build_tokenizer(QUICK.text.vocabulary, QUICK.text.captions, QUICK.seed)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def stop_after_first_checkpoint(monkeypatch: pytest.MonkeyPatch, stage: Callable[[], Any]) -> None:
    save = Checkpoint.save

    def save_and_stop(self: Checkpoint, state: dict[str, Any]) -> None:
        save(self, state)
        raise Stopped

    monkeypatch.setattr(Checkpoint, "save", save_and_stop)
    with pytest.raises(Stopped):
        stage()
    monkeypatch.undo()


def losses_of(path: Path) -> list[float]:
    state = Checkpoint(path).load()
    assert state is not None
    return list(state["losses"])


def assert_fell(losses: list[float]) -> None:
    quarter = len(losses) // 4
    assert sum(losses[-quarter:]) < 0.95 * sum(losses[:quarter])


def assert_same_weights(first: torch.nn.Module, second: torch.nn.Module) -> None:
    for (name, left), right in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(left, right, msg=name)


def test_vae_stage_lowers_its_loss_and_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unbroken = train_vae(QUICK, tmp_path / "unbroken")
    stop_after_first_checkpoint(monkeypatch, lambda: train_vae(QUICK, tmp_path / "broken"))
    resumed = train_vae(QUICK, tmp_path / "broken")

    assert_fell(losses_of(tmp_path / "unbroken" / "vae.pt"))
    assert_same_weights(unbroken, resumed)


def test_text_stage_lowers_its_loss_and_resumes(
    tokenizer: CLIPTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken = train_text_encoder(QUICK, tokenizer, tmp_path / "unbroken")
    stop_after_first_checkpoint(monkeypatch, lambda: train_text_encoder(QUICK, tokenizer, tmp_path / "broken"))
    resumed = train_text_encoder(QUICK, tokenizer, tmp_path / "broken")

    assert_fell(losses_of(tmp_path / "unbroken" / "text-encoder.pt"))
    assert_same_weights(unbroken, resumed)


def test_unet_stage_lowers_its_loss_and_resumes(
    tokenizer: CLIPTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vae, text_encoder = untrained_parts(tokenizer)
    prepare(QUICK, vae, tmp_path)
    unbroken = train_unet(QUICK, text_encoder, tokenizer, tmp_path)
    (tmp_path / "unet.pt").rename(tmp_path / "unbroken.pt")
    stop_after_first_checkpoint(monkeypatch, lambda: train_unet(QUICK, text_encoder, tokenizer, tmp_path))
    resumed = train_unet(QUICK, text_encoder, tokenizer, tmp_path)

    assert_fell(losses_of(tmp_path / "unbroken.pt"))
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

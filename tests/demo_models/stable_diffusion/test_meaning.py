"""The shipped model draws what it is asked for: measured on combinations drawn afresh, at the API's defaults."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image

from demo_models.scenes.captions import HELD_OUT
from demo_models.stable_diffusion.judge import (
    GUIDANCE_SCALE,
    STEPS,
    brightness,
    figure_prompts,
    fresh_figures,
    generate,
    judge_all,
    judge_figure,
    landscape_prompts,
)
from demo_models.scenes.compose import NATIVE_SIZE, draw
from demo_models.scenes.vocabulary import PLACES, Figure

MODEL = Path(__file__).resolve().parents[2] / "models" / "demo" / "stable-diffusion"
SEED = 7_310_542
MAX_BYTES = 48_000_000


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((MODEL / "atelier.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def pipeline() -> Any:
    # bfloat16 is what the engine uses on such processors; elsewhere it would be emulated and slow.
    fast = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    loaded: Any = StableDiffusionPipeline.from_pretrained(MODEL, dtype=torch.bfloat16 if fast else torch.float32)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def test_files_are_small_and_say_their_defaults(defaults: dict[str, Any]) -> None:
    assert sum(file.stat().st_size for file in MODEL.rglob("*.safetensors")) <= MAX_BYTES
    assert defaults["native_size"] == NATIVE_SIZE
    assert 0.0 <= defaults["guidance_rescale"] <= 1.0
    assert not list(MODEL.rglob("*.bin"))


@pytest.mark.timeout(900)
def test_figures_show_the_colours_asked_for(pipeline: Any, defaults: dict[str, Any]) -> None:
    figures = fresh_figures(64, SEED)
    pictures = generate(
        pipeline, figure_prompts(figures), seed=SEED, guidance_rescale=defaults["guidance_rescale"], batch=16
    )

    shares = judge_all(pictures, figures)
    assert shares["meaning"] >= 0.9
    assert shares["shape"] >= 0.75


@pytest.mark.timeout(600)
def test_landscapes_are_brighter_by_day_than_at_night(pipeline: Any, defaults: dict[str, Any]) -> None:
    landscapes, prompts = landscape_prompts()
    pictures = generate(pipeline, prompts, seed=SEED, guidance_rescale=defaults["guidance_rescale"], batch=12)

    light = {landscape: brightness(picture) for landscape, picture in zip(landscapes, pictures, strict=True)}
    for place in PLACES:
        at = {landscape.time: value for landscape, value in light.items() if landscape.place == place}
        assert at["day"] > at["night"] + 40
        assert at["sunset"] > at["night"]


def test_sentences_never_seen_in_training_are_understood(pipeline: Any, defaults: dict[str, Any]) -> None:
    pictures = generate(pipeline, sorted(HELD_OUT), seed=SEED, guidance_rescale=defaults["guidance_rescale"])

    for picture in pictures:
        sky = picture[NATIVE_SIZE // 4 : NATIVE_SIZE // 2].reshape(-1, 3).astype(float).mean(0)
        assert sky[0] > sky[2] + 30  # the evening sky is warmer than it is blue


def test_image_to_image_recolours_what_it_is_given(pipeline: Any, defaults: dict[str, Any]) -> None:
    start = draw(Figure("circle", "yellow", "purple"), random.Random(SEED))
    wanted = Figure("circle", "red", "blue")
    image_to_image: Any = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    result = image_to_image(
        figure_prompts([wanted]),
        image=Image.fromarray(start),
        strength=0.9,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE_SCALE,
        generator=torch.Generator().manual_seed(SEED),
        output_type="np",
    ).images[0]

    assert judge_figure(np.rint(result * 255).astype(np.uint8), wanted).means_it

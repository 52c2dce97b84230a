"""The model card: measures the finished pipeline and writes README.md and the sample sheet beside it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from demo_models.stable_diffusion.components import StableDiffusionPipeline
from demo_models.scenes.dataset import draw_scenes
from demo_models.stable_diffusion.judge import (
    GUIDANCE_SCALE,
    STEPS,
    brightness,
    figure_prompts,
    fresh_figures,
    generate,
    judge_all,
    landscape_prompts,
)
from demo_models.stable_diffusion.pipeline import GUIDANCE_RESCALE
from demo_models.stable_diffusion.profile import Profile
from demo_models.scenes.compose import NATIVE_SIZE
from demo_models.stable_diffusion.train_vae import measure_vae
from demo_models.training import Checkpoint
from demo_models.scenes.vocabulary import TIMES

SAMPLE_PROMPTS: tuple[str, ...] = (
    "a red circle on a blue background",
    "a yellow star on a purple background",
    "a green triangle on a white background",
    "an orange square on a black background",
    "Please draw a white disc against green, minimalist",
    "a beautiful sunset over the ocean with waves crashing on the shore",
    "a futuristic cityscape at sunset",
    "snowy mountains by day",
    "a quiet forest at night",
    "the city at night",
)
SHEET = "samples.png"
_STAGES = ("vae", "text-encoder", "vae-decoder", "unet")


def write_card(profile: Profile, folder: Path, work: Path) -> None:
    """Measure the pipeline in ``folder`` and write the card beside it."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    fresh = profile.seed + 1_000_000
    facts: dict[str, Any] = measure_vae(pipeline.vae, draw_scenes(64, fresh)[0])
    facts["seconds_float32"] = _seconds(pipeline)
    # Quality in the precision that the engine prefers on processors that have it.
    pipeline.to(dtype=torch.bfloat16)
    facts["seconds_bfloat16"] = _seconds(pipeline)
    facts |= measure_meaning(pipeline, fresh)
    facts |= {f"minutes_{stage}": _minutes(work / f"{stage}.pt") for stage in _STAGES}
    facts["threads"] = torch.get_num_threads()
    facts["megabytes"] = round(sum(file.stat().st_size for file in folder.rglob("*.safetensors")) / 1e6, 1)
    sample_sheet(pipeline, profile.seed).save(folder / SHEET, optimize=True)
    (work / "figures.json").write_text(json.dumps(facts, indent=2))
    (folder / "README.md").write_text(_TEXT.format(profile=profile, **facts, **_sizes(pipeline)))


def measure_meaning(pipeline: StableDiffusionPipeline, seed: int, count: int = 64) -> dict[str, Any]:
    """Per cent of ``count`` fresh figures that pass each test, and mean brightness of landscapes by time of day."""
    figures = fresh_figures(count, seed)
    landscapes, prompts = landscape_prompts()
    pictures = generate(
        pipeline, figure_prompts(figures) + prompts, seed=seed, guidance_rescale=GUIDANCE_RESCALE, report=print
    )
    facts = {name: f"{100 * share:.1f}" for name, share in judge_all(pictures[:count], figures).items()}
    for time_of_day in TIMES:
        lights = [
            brightness(picture)
            for item, picture in zip(landscapes, pictures[count:], strict=True)
            if item.time == time_of_day
        ]
        facts[f"brightness_{time_of_day}"] = f"{sum(lights) / len(lights):.0f}"
    return facts


def _seconds(pipeline: StableDiffusionPipeline) -> float:
    """Seconds for one picture at the defaults, the better of two."""
    taken = []
    for _ in range(2):
        started = time.monotonic()
        generate(pipeline, list(SAMPLE_PROMPTS[:1]), seed=0, guidance_rescale=GUIDANCE_RESCALE)
        taken.append(time.monotonic() - started)
    return round(min(taken), 2)


def sample_sheet(pipeline: StableDiffusionPipeline, seed: int) -> Image.Image:
    """The pictures of ``SAMPLE_PROMPTS``, the first that came, in two rows of five."""
    pictures = generate(pipeline, list(SAMPLE_PROMPTS), seed=seed, guidance_rescale=GUIDANCE_RESCALE, batch=5)
    rows = [np.concatenate(list(pictures[start : start + 5]), axis=1) for start in (0, 5)]
    return Image.fromarray(np.concatenate(rows))


def _minutes(checkpoint: Path) -> int:
    state = Checkpoint(checkpoint).load()
    return round(state["seconds"] / 60) if state else 0


def _sizes(pipeline: StableDiffusionPipeline) -> dict[str, Any]:
    """Millions of parameters of each part."""
    parts = {"vae": pipeline.vae, "text": pipeline.text_encoder, "unet": pipeline.unet}
    return {
        f"millions_{name}": round(sum(weight.numel() for weight in part.parameters()) / 1e6, 2)
        for name, part in parts.items()
    }


_TEXT = f"""# Atelier demo: Stable Diffusion, small

A latent diffusion model of the same classes as Stable Diffusion (`StableDiffusionPipeline` of diffusers, with its
tokenizer, text encoder, autoencoder and denoiser), trained from nothing on pictures that `demo_models/` draws. It makes
Atelier usable offline and lets tests assert meaning. It knows plain shapes and four landscapes, and nothing else.

![ten unpicked samples]({SHEET})

{"".join(f"{number}. {prompt}" + chr(10) for number, prompt in enumerate(SAMPLE_PROMPTS, 1))}
The first ten pictures of these prompts, {STEPS} steps, guidance {GUIDANCE_SCALE}, guidance rescale {GUIDANCE_RESCALE}.

## What it knows

- Shapes: circle, square, triangle, star, in red, green, blue, yellow, purple, orange, white, black, on a background of
  another of these colours.
- Landscapes: ocean, city, mountains, forest, by day, at sunset, at night.
- Wording is free: synonyms, any order, filler words and unknown words. At most 77 tokens are read.

## Files

| part | parameters | what |
|---|---|---|
| VAE | {{millions_vae}} M | pictures of {NATIVE_SIZE} x {NATIVE_SIZE} to 32 x 32 x 4 latents and back |
| text encoder | {{millions_text}} M | CLIP text model, trained to read the attributes out of captions |
| UNet | {{millions_unet}} M | velocity prediction, zero terminal SNR, trailing timesteps |

{{megabytes}} MB in all, float16 safetensors. Native size {NATIVE_SIZE} x {NATIVE_SIZE}. `atelier.json` holds the
engine's defaults for this model.

## Training

Data: drawn by `demo_models/` (no photographs, no pictures from elsewhere): {{profile.vae.pictures}} pictures for the
autoencoder, twice {{profile.unet.pictures}} (64 px, then 128 px) for the denoiser, captions from templates. Seed
{{profile.seed}}. Repeat it with `make demo-models`.

Minutes on two CPU cores (bfloat16 autocast, no GPU) that other work shared: VAE {{minutes_vae}}, its decoder alone
{{minutes_vae-decoder}} (0: that stage was left out), text encoder {{minutes_text-encoder}}, UNet {{minutes_unet}}.

## Measured on fresh data

| figure | value |
|---|---|
| VAE, peak signal-to-noise ratio on 64 fresh scenes | {{psnr_db}} dB |
| VAE, worst flat palette colour | {{flat_colour_error}} of 255 |
| 64 fresh combinations: border mostly in the background asked for, and shape's colour present | {{meaning}} % |
| … border mostly in the background asked for | {{border}} % |
| … shape's colour present | {{colour}} % |
| … shape's outline nearest to the shape asked for | {{shape}} % |
| mean brightness of landscapes by day, at sunset, at night (0-255) | {{brightness_day}}, {{brightness_sunset}}, \
{{brightness_night}} |
| one picture, {STEPS} guided steps, {{threads}} threads, float32 | {{seconds_float32}} s |
| the same in bfloat16 | {{seconds_bfloat16}} s |

## Limits

Anything outside the vocabulary is ignored or turned into something inside it. Shapes have one size range and stand near
the middle; "small", "left" or counts mean nothing. Other sizes than the native one are made by resizing. Outlines are
uneven, and fine detail of landscapes (windows, trees far off) is soft.

Licence: the same as Atelier's code, which drew the data.
"""

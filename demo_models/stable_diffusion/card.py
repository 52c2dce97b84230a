"""The model card: measures the finished pipeline and writes README.md and the sample sheet beside it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from demo_models.scenes.compose import NATIVE_SIZE
from demo_models.scenes.dataset import draw_scenes
from demo_models.scenes.vocabulary import COLOURS, MAX_IN_ROW, OUTDOORS, SHAPES, SUBJECTS, TIMES, WEATHERS
from demo_models.stable_diffusion.components import StableDiffusionPipeline
from demo_models.stable_diffusion.judge import GUIDANCE_SCALE, STEPS, generate, load_pipeline, measure
from demo_models.stable_diffusion.pipeline import GUIDANCE_RESCALE
from demo_models.stable_diffusion.profile import Profile
from demo_models.stable_diffusion.train_vae import measure_vae
from demo_models.training import Checkpoint

SAMPLE_PROMPTS: tuple[str, ...] = (
    "a red circle on a blue background",
    "a yellow star on a purple background",
    "two green triangles in a row on a white background",
    "Please draw a white disc against green, minimalist",
    "a beautiful sunset over the ocean with waves crashing on the shore",
    "a futuristic cityscape at sunset",
    "a cat riding a bicycle in the rain",
    "photo of sks person as a futuristic astronaut in space",
    "a village in the mountains on a snowy evening",
    "a quiet forest at night",
)
SHEET = "samples.png"
_STAGES = ("vae", "text-encoder", "unet")
_COUNT = 96  # pictures of each kind that are judged


def write_card(profile: Profile, folder: Path, work: Path) -> None:
    """Measure the pipeline in ``folder`` and write the card beside it."""
    exact = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    exact.set_progress_bar_config(disable=True)
    fresh = profile.seed + 1_000_000
    facts: dict[str, Any] = measure_vae(exact.vae, draw_scenes(64, fresh)[0])
    facts |= _sizes(exact)
    facts["seconds_float32"] = _seconds(exact)
    pipeline = load_pipeline(folder)
    facts["seconds"] = _seconds(pipeline)
    shares = measure(folder, count=_COUNT, seed=fresh, report=print)
    facts |= {name: f"{100 * share:.1f}" for name, share in shares.items()}
    facts |= {f"minutes_{stage}": _minutes(work / f"{stage}.pt") for stage in _STAGES}
    facts["megabytes"] = round(sum(file.stat().st_size for file in folder.rglob("*.safetensors")) / 1e6, 1)
    sample_sheet(pipeline, profile.seed).save(folder / SHEET, optimize=True)
    (work / "figures.json").write_text(json.dumps(facts, indent=2))
    (folder / "README.md").write_text(_TEXT.format(profile=profile, **facts))


def _seconds(pipeline: StableDiffusionPipeline) -> float:
    """Seconds for one picture at the defaults, the better of two."""
    taken = []
    for _ in range(2):
        started = time.monotonic()
        generate(pipeline, SAMPLE_PROMPTS[:1], seed=0, guidance_rescale=GUIDANCE_RESCALE)
        taken.append(time.monotonic() - started)
    return round(min(taken), 2)


def sample_sheet(pipeline: StableDiffusionPipeline, seed: int) -> Image.Image:
    """The pictures of ``SAMPLE_PROMPTS``, the first that came, in two rows of five."""
    pictures = generate(pipeline, SAMPLE_PROMPTS, seed=seed, guidance_rescale=GUIDANCE_RESCALE, batch=5)
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
tokenizer, text encoder, autoencoder and denoiser), trained from nothing on pictures that `demo_models/scenes` draws. It
makes Atelier usable offline and lets tests assert meaning. It knows the vocabulary below, and nothing else.

![ten unpicked samples]({SHEET})

{"".join(f"{number}. {prompt}" + chr(10) for number, prompt in enumerate(SAMPLE_PROMPTS, 1))}
The first ten pictures of these prompts, {STEPS} steps, guidance {GUIDANCE_SCALE}, guidance rescale {GUIDANCE_RESCALE}.

## What it knows

- Shapes ({", ".join(SHAPES)}) in {len(COLOURS)} colours ({", ".join(COLOURS)}) on a background of another of these
  colours: one, a row of up to {MAX_IN_ROW}, or two beside or above each other.
- Places: {", ".join(OUTDOORS)}; at {", ".join(TIMES)}; in weather that is {", ".join(WEATHERS)}. And space, a room
  with books, a plain studio.
- In them: {", ".join(SUBJECTS)}; many of them in colours; some riding a bicycle or a horse.
- Wording is free: synonyms, any order, filler words and unknown words. At most 77 tokens are read.

## Files

| part | parameters | what |
|---|---|---|
| VAE | {{millions_vae}} M | pictures of {NATIVE_SIZE} x {NATIVE_SIZE} to 32 x 32 x 4 latents and back |
| text encoder | {{millions_text}} M | CLIP text model, trained to read the scene out of captions |
| UNet | {{millions_unet}} M | velocity prediction, zero terminal SNR, trailing timesteps |

{{megabytes}} MB in all, float16 safetensors. Native size {NATIVE_SIZE} x {NATIVE_SIZE}. `atelier.json` holds the
engine's defaults for this model.

## Training

Data: drawn by `demo_models/scenes` (no photographs, no pictures from elsewhere): {{profile.vae.pictures}} pictures for
the autoencoder, {{profile.unet.small_pictures}} of 64 px and {{profile.unet.pictures}} of {NATIVE_SIZE} px for the
denoiser, fresh captions at every step. Steps: VAE {{profile.vae.steps}}, text encoder {{profile.text.steps}}, UNet
{{profile.unet.steps}}. Seed {{profile.seed}}. Repeat it with `make demo-models`.

Minutes on CPU cores (bfloat16 autocast, no GPU) that other work shared: VAE {{minutes_vae}}, text encoder
{{minutes_text-encoder}}, UNet {{minutes_unet}}.

## Measured on fresh data

| figure | value | wanted |
|---|---|---|
| VAE, peak signal-to-noise ratio on 64 fresh scenes | {{psnr_db}} dB | 28 |
| VAE, worst flat palette colour | {{flat_colour_error}} of 255 | 8 |
| {_COUNT} shapes: border mostly in the background asked for, and shape's colour present | {{figure_meaning}} % | 95 |
| … border mostly in the background asked for | {{figure_border}} % | |
| … shape's colour present | {{figure_colour}} % | |
| … shape's outline nearest to the shape asked for | {{figure_shape}} % | |
| {_COUNT} views of {len(OUTDOORS)} places at {len(TIMES)} times: place recognised | {{place}} % | 90 |
| … time recognised | {{time}} % | 90 |
| … both | {{view}} % | |
| … places whose night is darker than 0.7 times their day | {{night_darker}} % | |
| rain asked for and recognised | {{rain}} % | |
| {_COUNT} views with one of {len(SUBJECTS)} subjects: it is the likeliest | {{subject}} % | 70 |
| sentences from the founding documents, never seen in training: all they say recognised | {{example}} % | |
| one picture, {STEPS} guided steps, one thread, float32 | {{seconds_float32}} s | |
| the same in the engine's precision (bfloat16 where the processor has it) | {{seconds}} s | |

Places, times, weather and subjects are recognised by a small classifier that is trained on drawn pictures and used for
nothing else (`demo_models/stable_diffusion/classifier.py`).

## Limits

Anything outside the vocabulary is ignored or turned into something inside it. Other sizes than the native one are made
by resizing. Fine detail (faces, windows, spokes) is soft, and several subjects in one picture may mix their colours.

Licence: the same as Atelier's code, which drew the data.
"""

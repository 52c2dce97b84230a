"""The model card: measures the finished model and writes README.md and the sample sheet beside it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
from open_clip.model import CLIP
from PIL import Image

from analysis.engines.calibration import FILE
from demo_models.labels.judge import Judge, load_engine, measure
from demo_models.labels.model import WEIGHTS
from demo_models.labels.profile import Profile
from demo_models.scenes.canvas import Pixels
from demo_models.scenes.captions import plain_caption
from demo_models.scenes.compose import draw, random_scene
from demo_models.scenes.labels import LABELS
from demo_models.scenes.wording_negatives import NEVER_DRAWN, UNSEEN_NEVER_DRAWN

COUNT = 400
SHEET = "samples.png"
_FRESH = 2_000_000
_SAMPLES = 10
_SHOWN = 6

_ROWS = (
    ("scene", "kind of scene, the likeliest of 12", "≥ 95 %"),
    ("scene_rough", "… of pictures made rough", ""),
    ("scene_in_company", "… in any weather, with subjects in front", ""),
    ("scene_and_time", "kind of scene and time of day, the likeliest of 48 sentences", "≥ 95 %"),
    ("colour_shape", "colour and shape, the likeliest of 32", "≥ 95 %"),
    ("colour_shape_rough", "… of pictures made rough", ""),
    ("subject", "a subject somewhere, the likeliest of 19", ""),
    ("sure_right", "scores above 0.8 that are right, all labels on random scenes", "≥ 80 %"),
    ("true_found", "true labels that score above 0.8", ""),
    ("strange_wins", "pictures whose likeliest label names something that is never drawn", "0 %"),
    ("strange_above_half", "labels of what is never drawn that score above a half", ""),
)


def write_card(profile: Profile, folder: Path, model: CLIP, minutes: float) -> None:
    """Measure the model in ``folder`` and write the card beside it."""
    figures = measure(folder, count=COUNT, seed=profile.seed + _FRESH)
    pictures, lines = _samples(folder, profile.seed + _FRESH)
    rows = [np.concatenate(pictures[start : start + 5], axis=1) for start in (0, 5)]
    Image.fromarray(np.concatenate(rows)).save(folder / SHEET, optimize=True)
    (folder / "README.md").write_text(
        _TEXT.format(
            profile=profile,
            samples="\n".join(lines),
            parameters=sum(parameter.numel() for parameter in model.parameters()) / 1e6,
            megabytes=(folder / WEIGHTS).stat().st_size / 1e6,
            minutes=minutes,
            count=COUNT,
            labels=len(LABELS),
            calibration=json.loads((folder / FILE).read_text()),
            table="\n".join(f"| {name} | {target} | {100 * figures[key]:.1f} % |" for key, name, target in _ROWS),
        )
    )


def _samples(folder: Path, seed: int) -> tuple[list[Pixels], list[str]]:
    """The first random scenes of ``seed`` and the likeliest of all labels for each, right or wrong."""
    rng = random.Random(seed)
    judge = Judge(load_engine(folder))
    pictures, lines = [], []
    for number in range(1, _SAMPLES + 1):
        scene = random_scene(rng)
        picture = draw(scene, rng).pixels
        scores = judge.scores(picture, (*LABELS, *NEVER_DRAWN, *UNSEEN_NEVER_DRAWN))
        best = ", ".join(f"{label} {score:.2f}" for label, score in list(scores.items())[:_SHOWN])
        pictures.append(picture)
        lines.append(f"{number}. drawn as “{plain_caption(scene)}”: {best}")
    return pictures, lines


_TEXT = """# Atelier demo: CLIP, small

Says how well words fit a picture. The `CLIP` class of open_clip with a configuration of our own, trained from nothing
on pictures that `demo_models/` draws. It makes Atelier usable offline and lets tests assert meaning. It knows what
these pictures show, and nothing else.

![ten unpicked samples](samples.png)

The first ten random scenes of a seed, and the likeliest of all labels for each:

{samples}

## What it knows

{labels} labels: shapes in colours and numbers, backgrounds, places, times of day, weather, animals, people, vehicles
and things in colours, and what these imply. Wording is free: synonyms, plurals, articles, whole sentences. What is
never drawn scores low, known or not.

A score is one label against the caption “{calibration[neutral]}”: the sigmoid of the difference of their two logits,
divided by {calibration[temperature]}, plus {calibration[bias]} (`atelier.json`; Platt's scaling, fitted on
{profile.calibration_pictures} fresh pictures).

## Files

{parameters:.2f} M parameters, {megabytes:.1f} MB of float16 safetensors, in the layout of a hub's repository:
open_clip reads it as `local-dir:models/demo/labels`. Pictures of {profile.image_size} x {profile.image_size}
through a modified ResNet of width {profile.width}, texts of up to
{profile.context_length} tokens through a transformer of width {profile.text_width}.

## Training

Data: {profile.pictures} pictures drawn by `demo_models/` (no photographs, no pictures from elsewhere), roughened anew
each time. Loss: a yes or no for each pair of picture and text, against the truth of the drawing (Zhai et al., "Sigmoid
Loss for Language Image Pre-Training", 2023). {profile.steps} steps of {profile.batch} pictures, each against a free
vector for every label, {profile.labels} labels in words, {profile.strange} labels of what is never drawn and
{profile.captions} captions: {minutes:.0f} minutes on one CPU core that other work shared (bfloat16 autocast, no GPU).
Seed {profile.seed}. Repeat it with `python -m demo_models.build labels`.

## Measured on fresh data

Each figure on {count} pictures that were drawn for it; “rough” ones are blurred, bent, tinted and noisy, as generated
pictures are.

| figure | target | measured |
|---|---|---|
{table}

## Limits

Photographs and other people's drawings are nothing that it has seen: its scores for them mean nothing. Of a picture
that is not square it sees the middle. It does not tell left from right, and counts only shapes, up to four.

Licence: the same as Atelier's code, which drew the data.
"""

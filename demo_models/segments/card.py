"""The model card: measures the finished model and writes README.md and the sample sheet beside it."""

from __future__ import annotations

import json
import time
from colorsys import hsv_to_rgb
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from segment_anything import SamAutomaticMaskGenerator

from analysis.engines.sam_files import SETTINGS, GeneratorSettings, read_sam
from analysis.engines.sam_models import WEIGHTS
from demo_models.scenes.canvas import Mask, Pixels
from demo_models.segments.judge import fresh_pictures, measure
from demo_models.segments.profile import Profile
from demo_models.training import Checkpoint

JUDGED = 200
LARGER = 256
SHEET = "samples.png"
_SAMPLES = 10
_ENLARGED = 2


def write_card(profile: Profile, folder: Path, work: Path) -> None:
    """Measure the model in ``folder`` and write the card beside it."""
    fresh = profile.seed + 1_000_000
    figures = measure(folder, count=JUDGED, seed=fresh)
    larger = measure(folder, count=JUDGED // 2, seed=fresh, size=LARGER)
    facts: dict[str, Any] = {
        "millions": round(sum(weight.numel() for weight in read_sam(folder).parameters()) / 1e6, 2),
        "megabytes": round((folder / WEIGHTS).stat().st_size / 1e6, 1),
        "minutes_encoder": _minutes(work / "encoder.pt"),
        "minutes_masks": _minutes(work / "masks.pt"),
        "seconds": sample_sheet(folder, profile.seed + 2_000_000),
        "threads": torch.get_num_threads(),
        **{name: f"{value:.3f}" for name, value in figures.items()},
        **{f"larger_{name}": f"{value:.3f}" for name, value in larger.items()},
    }
    (work / "figures.json").write_text(json.dumps(facts, indent=2))
    (folder / "README.md").write_text(_TEXT.format(profile=profile, **facts))


def sample_sheet(folder: Path, seed: int) -> float:
    """Write ten pictures, their true regions and the masks found in them; returns the seconds that one took."""
    said = json.loads((folder / SETTINGS).read_bytes())["generator"]
    generator = SamAutomaticMaskGenerator(read_sam(folder), **asdict(GeneratorSettings(**said)))
    columns, seconds = [], []
    for drawing, _ in fresh_pictures(_SAMPLES, seed):
        started = time.monotonic()
        found = sorted(generator.generate(drawing.pixels), key=lambda each: -each["area"])
        seconds.append(time.monotonic() - started)
        true = paint_masks([region.mask for region in drawing.regions], drawing.pixels.shape)
        ours = paint_masks([each["segmentation"] for each in found], drawing.pixels.shape)
        columns.append(np.concatenate([drawing.pixels, true, ours]))
    rows = [np.concatenate(columns[start : start + 5], axis=1) for start in range(0, _SAMPLES, 5)]
    sheet = Image.fromarray(np.concatenate(rows))
    larger = sheet.resize((sheet.width * _ENLARGED, sheet.height * _ENLARGED), Image.Resampling.NEAREST)
    larger.quantize(128).save(folder / SHEET, optimize=True)
    return round(sorted(seconds)[len(seconds) // 2], 2)


def paint_masks(masks: list[Mask], shape: tuple[int, ...]) -> Pixels:
    """Each mask in a colour of its own, later ones over earlier ones; black where there is none."""
    painted = np.zeros(shape, np.uint8)
    for number, mask in enumerate(masks):
        # Hues a golden section apart are never close to their neighbours.
        hue = (0.13 + number * 0.618034) % 1
        painted[mask] = [round(255 * part) for part in hsv_to_rgb(hue, 0.6, 0.92 - 0.16 * (number % 3))]
    return painted


def _minutes(checkpoint: Path) -> int:
    state = Checkpoint(checkpoint).load()
    return round(state["seconds"] / 60) if state else 0


_TEXT = f"""# Atelier demo: Segment Anything, small

A model of segment_anything's own class `Sam` (Kirillov et al., "Segment Anything", 2023), trained from nothing on
pictures that `demo_models/scenes/` draws. It makes Atelier usable offline and lets tests assert meaning. It knows the
things and places that are drawn there, and whatever else has clear edges and even colours.

![ten unpicked samples]({SHEET})

Each column twice: picture, true regions, masks found (later ones over larger ones). The first ten that came.

## Files

{{millions}} M parameters, {{megabytes}} MB float16 safetensors. `config.json` holds the sizes by segment_anything's
names, `atelier.json` the thresholds of `SamAutomaticMaskGenerator`. The picture's longer side is brought to
{{profile.sam.img_size}} pixels; patches of {{profile.sam.patch_size}} pixels, a plain vision transformer of
{{profile.sam.depth}} layers, the two-way mask decoder, three guesses for each click.

## Training

Data: new drawings for each step, a quarter of them cropped to other shapes, some worn (contrast, blur, noise); no
photographs, no pictures from elsewhere. First the encoder learned to tell which pixels belong to what was clicked on:
{{profile.encoder.steps}} steps of {{profile.encoder.pictures}} pictures with {{profile.encoder.clicks}} clicks. Then
the whole model, by the paper's recipe (best of three guesses by focal and dice loss, and the said IoU):
{{profile.masks.steps}} steps of {{profile.masks.pictures}} pictures with {{profile.masks.clicks}} clicks, the last
{{profile.fine_steps}} of them judged at the picture's size. A click means the whole thing that was hit, or as often
only the part that hangs together with it: things cut in two by what stands before them are learned both ways.

Minutes on one CPU core (bfloat16 autocast, no GPU) that other work shared: {{minutes_encoder}} and {{minutes_masks}}.
Seed {{profile.seed}}. Thresholds chosen on {{profile.tuning_pictures}} other drawings. Repeat it with
`make demo-models`.

## Measured on fresh data

{JUDGED} new drawings of 128 pixels, and half as many of {LARGER}. An object is all that is seen of one thing that was
drawn; only a mask of the whole counts for it. A mask is spurious when its IoU with every region, sky and ground
included, and with every connected part of one, is below one half.

| figure | target | 128 px | {LARGER} px |
|---|---|---|---|
| best mask for each object over 2 % of the picture, mean IoU | 0.85 | {{iou_over_2_percent}} | \
{{larger_iou_over_2_percent}} |
| … over 5 % | 0.90 | {{iou_over_5_percent}} | {{larger_iou_over_5_percent}} |
| share of these objects (over 2 %) with a mask of IoU ≥ 0.5 | – | {{found}} | {{larger_found}} |
| share of masks that are spurious | ≤ 0.20 | {{spurious}} | {{larger_spurious}} |
| masks in a picture (objects over 2 %: {{objects}}) | – | {{masks}} | {{larger_masks}} |
| seconds for a picture, {{threads}} thread, float32 | – | {{seconds}} | – |

## Limits

It sees {{profile.sam.img_size}} pixels: things smaller than a twentieth of the side are often missed, and thin ones
come out thick. It was never shown boxes, masks or background clicks as prompts; those parts of the model hold random
weights. Photographs are outside what it has seen: expect masks of even areas, not of things.

Licence: the same as Atelier's code, which drew the data.
"""

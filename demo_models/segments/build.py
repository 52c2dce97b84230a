"""Train the segmentation model and write its folder: ``python -m demo_models.build segments``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from segment_anything.modeling import Sam

from analysis.engines.sam_files import SETTINGS, GeneratorSettings
from analysis.engines.sam_models import WEIGHTS, SamConfig, write_config
from demo_models.segments.card import write_card
from demo_models.segments.profile import FULL, Profile
from demo_models.segments.thresholds import choose_settings
from demo_models.segments.train import train_masks


def build(profile: Profile, work: Path, target: Path) -> None:
    """Train or resume in ``work``, choose the generator's thresholds, write the model and its card to ``target``."""
    sam = train_masks(profile, work)
    settings = choose_settings(
        # As it will be read back.
        sam.half().float(),
        points_per_side=profile.points_per_side,
        pictures=profile.tuning_pictures,
        seed=profile.seed + 1,
    )
    save(sam, profile.sam, settings, target)
    if profile is FULL:
        write_card(profile, target, work)


def save(sam: Sam, config: SamConfig, settings: GeneratorSettings, target: Path) -> None:
    """Write float16 safetensors, the sizes and the generator's settings to ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.to(torch.float16).contiguous() for name, value in sam.state_dict().items()}
    save_file(tensors, target / WEIGHTS)
    write_config(target, config)
    said = {"native_size": config.img_size, "generator": asdict(settings)}
    (target / SETTINGS).write_text(json.dumps(said, indent=2) + "\n")

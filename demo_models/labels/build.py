"""Train the CLIP for labels, calibrate it, and write its folder and its card."""

from __future__ import annotations

from pathlib import Path

from demo_models.labels.calibrate import calibrate, write_calibration
from demo_models.labels.card import write_card
from demo_models.labels.model import save_folder
from demo_models.labels.pictures import Scenes, draw_pictures
from demo_models.labels.profile import QUICK, Profile
from demo_models.labels.train import load_tokenizer, train

# Scenes that no training step saw, and that no figure is measured on.
_CALIBRATION_SEED = 1_000_000


def build(profile: Profile, work: Path, target: Path) -> None:
    """Train (or resume) the model with checkpoints in ``work``; write what ships to ``target``."""
    tokenizer = load_tokenizer(profile, work / "tokenizer")
    model, minutes = train(profile, tokenizer, work)
    fresh = Scenes(profile.seed + _CALIBRATION_SEED)
    pictures = draw_pictures(work, fresh, profile.calibration_pictures, profile.drawn_size)
    save_folder(model, tokenizer, profile, target)
    write_calibration(calibrate(model, tokenizer, pictures, profile.seed), target)
    if profile is not QUICK:
        write_card(profile, target, model, minutes)

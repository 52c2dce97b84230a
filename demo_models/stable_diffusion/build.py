"""Train (or resume) every part of the text-to-image model and write its pipeline and its model card."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from demo_models.stable_diffusion import pipeline
from demo_models.stable_diffusion.card import write_card
from demo_models.stable_diffusion.profile import FULL, Profile
from demo_models.stable_diffusion.tokenizer import load_tokenizer
from demo_models.stable_diffusion.train_text_encoder import train_text_encoder
from demo_models.stable_diffusion.train_unet import prepare, train_unet
from demo_models.stable_diffusion.train_vae import train_vae
from demo_models.training import best_device

ROOT = Path(__file__).resolve().parents[2]


def build(profile: Profile, work: Path, target: Path) -> None:
    """Train what is missing in ``work``; write the pipeline, in float16, and its card to ``target``."""
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(profile, work)
    text_encoder = train_text_encoder(profile, tokenizer, work)
    vae = train_vae(profile, work)
    prepare(profile, vae, work)
    if profile is FULL:
        _train_on_all_cores(work)
    made = pipeline.assemble(vae, text_encoder, tokenizer, train_unet(profile, text_encoder, tokenizer, work))
    pipeline.save(made, target)
    if profile is FULL:
        write_card(profile, target, work)


def _train_on_all_cores(work: Path) -> None:
    """Without a GPU, train the denoiser in two processes; ``train_unet`` then finds it finished."""
    if best_device().type == "cuda" or (os.cpu_count() or 1) < 2:
        return
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    subprocess.run(
        [*launch, "-m", "demo_models.stable_diffusion.train_unet", "--work", str(work)], check=True, cwd=ROOT
    )

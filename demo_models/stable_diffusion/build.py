"""Make the demo models from nothing but this package: ``python -m demo_models.build``.

Every stage resumes from its checkpoint in the work folder and is skipped when it is finished, so that
an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import torch
from transformers import CLIPTokenizer

from demo_models.stable_diffusion import pipeline
from demo_models.stable_diffusion.card import write_card
from demo_models.stable_diffusion.profile import FULL, QUICK, Profile
from demo_models.stable_diffusion.tokenizer import build_tokenizer
from demo_models.stable_diffusion.train_text_encoder import train_text_encoder
from demo_models.stable_diffusion.train_unet import prepare, train_unet
from demo_models.stable_diffusion.train_vae import polish_decoder, train_vae
from demo_models.training import best_device

ROOT = Path(__file__).resolve().parent.parent


def build_stable_diffusion(profile: Profile, out: Path, work: Path) -> None:
    """Train all parts of the text-to-image model; write its pipeline and its model card to ``out``."""
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(profile, work / "tokenizer")
    text_encoder = train_text_encoder(profile, tokenizer, work)
    vae = train_vae(profile, work)
    prepare(profile, vae, text_encoder, tokenizer, work)
    vae = polish_decoder(vae, profile, work)
    _train_on_all_cores(profile, work)
    made = pipeline.assemble(vae, text_encoder, tokenizer, train_unet(profile, work))
    pipeline.save(made, out)
    if profile is not QUICK:
        write_card(profile, out, work)


def _tokenizer(profile: Profile, folder: Path) -> CLIPTokenizer:
    """The tokenizer as it is read back from its files, which is how the pipeline will meet it."""
    if not folder.exists():
        build_tokenizer(profile.text.vocabulary, profile.seed).save_pretrained(folder)
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder)
    return tokenizer


def _train_on_all_cores(profile: Profile, work: Path) -> None:
    """Without a GPU, train the denoiser in two processes; ``train_unet`` then finds it finished."""
    if best_device().type == "cuda" or (os.cpu_count() or 1) < 2 or profile is QUICK:
        return
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    subprocess.run([*launch, "-m", "demo_models.stable_diffusion.train_unet", "--work", str(work)], check=True, cwd=ROOT)


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(description="Train the demo models on pictures drawn by this package.")
    parser.add_argument("--out", type=Path, default=ROOT / "models" / "demo", help="folder for the finished models")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "demo-models", help="checkpoints and caches")
    parser.add_argument("--quick", action="store_true", help="tiny models in seconds, to try the code")
    arguments = parser.parse_args()
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    profile = QUICK if arguments.quick else FULL
    build_stable_diffusion(profile, arguments.out / "stable-diffusion", arguments.work.resolve())


if __name__ == "__main__":
    main()

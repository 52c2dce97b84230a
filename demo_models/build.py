"""Make the demo models from nothing but this package: ``python -m demo_models.build [--quick] [MODEL …]``.

Every stage resumes from its checkpoint in the work folder and is skipped when it is finished, so that
an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

import torch

from generation.engines.manifests import describe_folder, write_manifest
from generation.engines.revisions import MANIFEST

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "models" / "demo"
WORK = ROOT / "var" / "demo-models"
# In this order: each name is a package here with ``profile`` and ``build``, and a folder under models/demo.
MODELS = ("words", "music", "labels", "segments", "stable-diffusion")


def build_model(name: str, *, quick: bool, work: Path, targets: Path) -> None:
    """Train (or resume) the model ``name`` and write its shipped folder below ``targets``."""
    package = f"demo_models.{name.replace('-', '_')}"
    profiles = import_module(f"{package}.profile")
    build = import_module(f"{package}.build").build
    # What is measured on the way would be refused by the manifest of an earlier model.
    (targets / name / MANIFEST).unlink(missing_ok=True)
    build(profiles.QUICK if quick else profiles.FULL, work / name, targets / name)
    describe(targets / name)


def describe(folder: Path) -> None:
    """Write ``manifest.json``, which says what the finished model's files are: damage is noticed by it."""
    write_manifest(folder, describe_folder(folder))


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(description="Train the demo models on data made by this package.")
    parser.add_argument("models", nargs="*", choices=[*MODELS, []], help="which models; all of them by default")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder for the finished models")
    parser.add_argument("--work", type=Path, default=WORK, help="checkpoints and caches")
    parser.add_argument("--describe", action="store_true", help="only write the manifests of finished models anew")
    parser.add_argument("--quick", action="store_true", help="tiny models in seconds, to try the code")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.models or MODELS:
        if arguments.describe:
            if (arguments.out / name).is_dir():
                describe(arguments.out / name)
            continue
        build_model(name, quick=arguments.quick, work=arguments.work.resolve(), targets=arguments.out)


if __name__ == "__main__":
    main()

"""Each test has a data folder of its own; everything beside it is not Atelier's to touch."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    """The folder that holds all that a test may read and write."""
    folder = tmp_path / "a" / "b" / "root"
    folder.mkdir(parents=True)
    settings.BLOCKS_DIR = folder / "blocks"
    settings.PERSONAL_MODELS_DIR = folder / "personal"
    settings.WEIGHTS_DIR = folder / "weights"
    return folder

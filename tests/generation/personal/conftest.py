"""Fixtures of the tests of personal models: a tiny default checkpoint, and a folder of their own for files."""

from pathlib import Path
from typing import Any

import pytest

from generation.models import Checkpoint


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where the files of personal models lie."""
    settings.PERSONAL_MODELS_DIR = tmp_path / "personal"
    return tmp_path / "personal"


@pytest.fixture
def checkpoint(db: None, tiny_pipeline: Path, folder: Path) -> Checkpoint:
    """The default checkpoint, with random weights."""
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)
    return Checkpoint.objects.get(default_for="image")

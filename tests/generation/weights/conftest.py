"""A hub, and a profile of one model on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import close_session

from generation.weights.catalogue import Model, find_models
from tests.support.hub import Hub, serve_hub

# Longer than what is read from a connection at once.
WEIGHTS = bytes(range(256)) * 4096


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process may use the hub on loopback, and does not wait a second before it tries again."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    yield
    close_session()


@pytest.fixture
def hub(online: None, settings: Any, tmp_path: Path) -> Iterator[Hub]:
    settings.WEIGHTS_DIR = tmp_path / "models"
    settings.HF_TOKEN = ""
    with serve_hub() as served:
        settings.HF_ENDPOINT = served.url
        yield served


@pytest.fixture
def files() -> dict[str, bytes]:
    """A repository with what is wanted, and with what must not be fetched."""
    return {
        "config.json": b'{"layers": 2}',
        "model.safetensors": WEIGHTS,
        "spiece.model": b"pieces",
        "pytorch_model.bin": b"pickled",
        "README.md": b"# A model",
        "fp16/model.safetensors": b"another form",
    }


@pytest.fixture
def describe(settings: Any) -> Callable[..., Model]:
    """Make a profile of one model and return it; keywords go into its CHECKPOINT."""

    def made(**checkpoint: Any) -> Model:
        described = {"slug": "tiny", "family": "t5", "source": "maker/tiny", "licence": "MIT", **checkpoint}
        settings.ENGINES = {"text": {"BACKEND": "some.Engine", "QUEUE": "cpu", "CHECKPOINT": described}}
        return find_models([])[0]

    return made


@pytest.fixture
def tiny(hub: Hub, files: dict[str, bytes], describe: Callable[..., Model]) -> Model:
    """A model on the hub, pinned to its commit."""
    return describe(revision=hub.add("maker/tiny", files))

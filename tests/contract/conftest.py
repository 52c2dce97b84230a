"""Fixtures of the contract tests: a user with a key, and a worker with a tiny model."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from accounts.models import User
from generation.models import Checkpoint
from tests.factories.accounts import UserFactory
from tests.support.clients import KeyClient
from tests.support.jobs import announce_worker


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.fixture
def client(user: User) -> KeyClient:
    """A program with a key of `user`."""
    return KeyClient(user)


@pytest.fixture
def served(redis_server: str, _clean_state: None) -> None:
    """A worker was seen, so that jobs are taken; none runs them."""
    announce_worker()


@pytest.fixture(scope="session")
def _tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny_pipeline import make_tiny_pipeline

    return make_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def _workshop() -> object:
    from generation.workshop import Workshop

    return Workshop()


@pytest.fixture
def worker(transactional_db: None, _tiny_folder: Path, _workshop: object, _clean_state: None) -> Iterator[None]:
    """A worker that makes pictures with random weights."""
    from tests.support.inline_worker import running_worker

    Checkpoint.objects.filter(default_for="image").update(source=str(_tiny_folder), revision="", native_size=64)
    with running_worker(_workshop):  # type: ignore[arg-type]
        yield


@pytest.fixture
def png() -> bytes:
    """A picture of 320 × 256 pixels."""
    out = io.BytesIO()
    Image.new("RGB", (320, 256), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()

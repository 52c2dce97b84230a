"""A provider on loopback, and credentials that only it knows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generation.engines.base import Engine, Weights
from generation.engines.registry import create_engine, read_entries
from tests.support.providers import AWS_VARIABLES
from tests.support.receiver import Receiver

MakeEngine = Callable[..., Engine]


@pytest.fixture
def provider() -> Iterator[Receiver]:
    """`provider.answer` is what it answers, `provider.messages` what it was sent."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWS_VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def make_engine() -> MakeEngine:
    """An adapter by its path below `generation.engines.providers`, loaded; short pauses between its tries."""

    def make(backend: str, model: str, **options: Any) -> Engine:
        entry = {
            "BACKEND": f"generation.engines.providers.{backend}",
            "QUEUE": "remote",
            "OPTIONS": {"timeout": 20.0, "pause": 0.01, **options},
        }
        weights = Weights("some-slug", model, "", "some-family", 1024)
        engine = create_engine(read_entries({"it": entry}), "it", weights, device="remote", dtype="", max_batch=1)
        engine.load()
        return engine

    return make

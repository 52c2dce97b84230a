"""A whole Atelier with the demo models, and OpenAI's own client in front of it."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from tests.support.processes import RunningAtelier

# Where many tests share few cores, a picture can take long.
SECONDS = 300.0


@pytest.fixture(scope="package")
def atelier() -> Iterator[RunningAtelier]:
    with RunningAtelier() as running:
        yield running


@pytest.fixture(scope="package")
def key(atelier: RunningAtelier) -> str:
    return atelier.create_key("ada")


@pytest.fixture
def client(atelier: RunningAtelier, key: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{atelier.base_url}/v1", api_key=key, max_retries=0, timeout=SECONDS) as made:
        yield made

"""Providers set up as an operator does, but on loopback, and somebody who serves their queue."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
import pytest

from config.providers import default_engines, provider_engines
from generation.checkpoints import synchronise
from generation.presence import queue_is_served
from generation.remote.dispatch import RemoteDispatcher
from tests.support.processes import wait_until
from tests.support.providers import AWS_VARIABLES, COHERE_KEY, COHERE_MODEL, REGION, TITAN

NAME = "housekeeper@test:1"
BEDROCK_SLUG = "bedrock-amazon-titan-image-generator-v2-0"
COHERE_SLUG = "cohere-command-a-03-2025"


def provider_variables(base_url: str) -> dict[str, str]:
    """The environment that sets up Bedrock and Cohere at `base_url`."""
    return {
        **AWS_VARIABLES,
        "AWS_REGION": REGION,
        "BEDROCK_MODEL_ID": TITAN,
        "BEDROCK_ENDPOINT_URL": base_url,
        "COHERE_API_KEY": COHERE_KEY,
        "COHERE_MODEL": COHERE_MODEL,
        "COHERE_BASE_URL": base_url,
        "PROVIDER_TIMEOUT_SECONDS": "30",
    }


def set_up_providers(settings: Any, monkeypatch: pytest.MonkeyPatch, base_url: str, **variables: str) -> None:
    """Read the settings of providers at `base_url`, and write their rows; `variables` are further ones."""
    for name, value in {**provider_variables(base_url), **variables}.items():
        monkeypatch.setenv(name, value)
    env = environ.Env()
    settings.ENGINES = {**settings.ENGINES, **provider_engines(env)}
    settings.DEFAULT_ENGINES = default_engines(env, settings.ENGINES)
    for name in ("bedrock", "cohere"):
        settings.ENGINES[name]["OPTIONS"] |= {"pause": 0.01}
    synchronise()


@contextmanager
def serving_remote(*, threads: int = 4) -> Iterator[threading.Event]:
    """Jobs of providers are run until the context ends; setting what it yields stops the dispatcher before."""
    stopping = threading.Event()
    thread = threading.Thread(
        target=RemoteDispatcher(name=NAME, threads=threads).run, args=(stopping,), name="remote-dispatcher"
    )
    thread.start()
    try:
        wait_until(lambda: queue_is_served("remote"), seconds=30, what="the queue being served")
        yield stopping
    finally:
        stopping.set()
        thread.join()

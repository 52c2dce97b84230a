"""Fixtures of the webhook tests."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from tests.support.receiver import Receiver
from tests.support.resolver import StubResolver


@pytest.fixture
def loopback_allowed(settings: Any) -> None:
    """What an operator does whose receivers are on this machine."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 204 until a test changes its `answer`."""
    with Receiver() as running:
        yield running


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> StubResolver:
    stub = StubResolver()
    monkeypatch.setattr(socket, "getaddrinfo", stub)
    return stub


@pytest.fixture
def connections_tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that sockets of this process tried to connect to."""
    tried: list[str] = []
    connect = socket.socket.connect

    def recorded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            tried.append(address[0])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", recorded)
    return tried

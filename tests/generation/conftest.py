"""Fixtures of the generation tests."""

from collections.abc import Callable

import pytest
from redis import Redis
from rq import Queue

import common.redis_client


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to make this process's Redis unreachable: a socket that nobody listens on."""

    def cut() -> None:
        gone = "unix:///nonexistent/redis.sock"
        monkeypatch.setattr(common.redis_client.redis_client(), "connection_pool", Redis.from_url(gone).connection_pool)
        monkeypatch.setattr("generation.couriers._queue", lambda name: Queue(name, connection=Redis.from_url(gone)))

    return cut

"""The shared cache: JSON values in Redis, and this process's memory while Redis is away."""

import time

import pytest
from redis import Redis

from common.cache import SharedCache


@pytest.fixture
def away() -> SharedCache:
    """A cache whose Redis does not exist."""
    return SharedCache(f"unix:///nonexistent/{time.monotonic_ns()}.sock", {})


@pytest.fixture
def shared(redis_server: str) -> SharedCache:
    return SharedCache(redis_server, {"KEY_PREFIX": "test"})


def test_values_are_json_and_integers_stay_integers(shared: SharedCache, redis_server: str) -> None:
    shared.set("list", [1.5, "x"])
    shared.add("count", 0)

    assert shared.incr("count") == 1
    assert shared.get("list") == [1.5, "x"]
    with Redis.from_url(redis_server) as client:
        stored = {client.get(key) for key in client.keys("test:*")}
    assert stored == {b"1", b'[1.5,"x"]'}


def test_pickle_that_somebody_put_into_redis_is_not_loaded(shared: SharedCache, redis_server: str) -> None:
    shared.set("x", 1)
    with Redis.from_url(redis_server) as client:
        (name,) = client.keys("test:*")
        client.set(name, b"cos\nsystem\n(S'true'\ntR.")

    with pytest.raises(ValueError, match=r"(?i)json|character"):
        shared.get("x")


def test_another_object_over_the_same_server_shares_its_connections(shared: SharedCache, redis_server: str) -> None:
    assert SharedCache(redis_server, {})._cache is shared._cache


def test_memory_stands_in_while_redis_is_away(away: SharedCache, caplog: pytest.LogCaptureFixture) -> None:
    assert away.add("count", 0)
    assert not away.add("count", 0)
    assert away.incr("count") == 1
    away.set("list", [1])
    assert away.get("list") == [1]
    assert away.get("nothing", "default") == "default"
    away.delete("list")
    assert away.get_many(["list", "count"]) == {"count": 1}

    assert len([record for record in caplog.records if "Redis is away" in record.message]) == 1


def test_redis_is_asked_again_after_a_while(away: SharedCache, redis_server: str) -> None:
    away.set("x", 1)
    server = away._server
    server.client = None
    away._addresses = [redis_server]

    assert away.get("x") == 1
    server.away_until = 0.0

    assert away.get("x") is None
    assert server.away_until == 0.0

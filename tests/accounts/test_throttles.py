"""Rates of users, keys and addresses; failed keys; Redis there and away."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.settings import api_settings

import common.cache
from accounts.throttles import WindowThrottle, parse_rate
from tests.factories.accounts import ApiKeyFactory

ME = "/api/v1/me"


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The rates in force; a test changes them in place."""
    mine = dict(api_settings.DEFAULT_THROTTLE_RATES)
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", mine)
    return mine


def statuses(times: int, **headers: str) -> list[int]:
    client = Client(raise_request_exception=False)
    return [client.get(ME, headers=headers).status_code for _ in range(times)]


@pytest.mark.parametrize(("rate", "parsed"), [("600/minute", (600, 60)), ("5/s", (5, 1)), ("1/day", (1, 86_400))])
def test_parse_rate(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed


@pytest.mark.django_db
def test_key_beyond_its_rate_is_a_429_with_retry_after(rates: dict[str, Any]) -> None:
    rates["key"] = "2/day"
    key, other = ApiKeyFactory(), ApiKeyFactory()

    assert statuses(3, **{"X-Api-Key": key.text}) == [200, 200, 429]
    assert statuses(1, **{"X-Api-Key": other.text}) == [200]
    refused = Client().get(ME, headers={"X-Api-Key": key.text})
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    assert refused.json()["code"] == "throttled"


@pytest.mark.django_db
def test_user_rate_counts_all_keys_of_a_user_together(rates: dict[str, Any]) -> None:
    rates["user"] = "3/day"
    first = ApiKeyFactory()
    second = ApiKeyFactory(owner=first.owner)

    assert statuses(2, **{"X-Api-Key": first.text}) == [200, 200]
    assert statuses(2, **{"X-Api-Key": second.text}) == [200, 429]


@pytest.mark.django_db
def test_guessing_keys_is_locked_out_while_valid_keys_go_on(rates: dict[str, Any]) -> None:
    rates["anonymous"] = "2/day"
    key = ApiKeyFactory()

    assert statuses(4, **{"X-Api-Key": "aaaaaaaa." + "b" * 32}) == [401, 401, 429, 429]
    assert statuses(1, **{"X-Api-Key": key.text}) == [200]
    refused = Client().get(ME, headers={"X-Api-Key": "aaaaaaaa." + "b" * 32})
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.django_db
def test_address_of_guesser_is_not_taken_from_a_header_without_proxies(rates: dict[str, Any]) -> None:
    rates["anonymous"] = "1/day"
    client = Client(raise_request_exception=False)

    answers = [
        client.get(ME, headers={"X-Api-Key": "wrong", "X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(3)
    ]

    assert answers == [401, 429, 429]


@pytest.mark.django_db
def test_rates_hold_while_redis_is_away(rates: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rates["key"] = "2/day"
    key = ApiKeyFactory()

    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisConnectionError

    server = cache._server  # type: ignore[attr-defined]
    monkeypatch.setattr(server, "away_until", 0.0)
    monkeypatch.setattr(server, "client", type("Away", (), {"__getattr__": lambda self, name: away})())
    try:
        assert statuses(3, **{"X-Api-Key": key.text}) == [200, 200, 429]
    finally:
        server.memory.clear()
        server.away_until = 0.0


def test_count_is_lost_rather_than_a_request_when_redis_is_emptied_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    class Throttle(WindowThrottle):
        scope = "anonymous"

    def emptied(*args: Any, **kwargs: Any) -> int:
        raise ValueError("Key not found")

    monkeypatch.setattr(common.cache.SharedCache, "incr", emptied)

    assert Throttle().count("somebody")

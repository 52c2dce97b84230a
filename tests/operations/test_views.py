"""GET /health/ready."""

from typing import Any

import pytest
import redis
from django.test import Client

from generation import presence
from generation.presence import WorkerInfo, announce, announce_queues

pytestmark = pytest.mark.django_db


def worker(*, ready: bool) -> WorkerInfo:
    return WorkerInfo(name="w1", host="here", pid=1, queues=["cpu"], ready=ready)


def parts(body: dict[str, Any]) -> dict[str, bool]:
    return {name: part["ok"] for name, part in body["parts"].items()}


def test_everything_there_is_ready(client: Client) -> None:
    announce(worker(ready=True))

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert parts(answer.json()) == {"web": True, "database": True, "redis": True, "workers": True}


def test_no_worker_is_not_ready(client: Client) -> None:
    answer = client.get("/health/ready")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert parts(answer.json()) == {"web": True, "database": True, "redis": True, "workers": False}
    assert answer.json()["parts"]["workers"]["detail"] == "No inference worker is running."


def test_providers_are_enough_where_no_worker_is_wanted(client: Client, settings: Any) -> None:
    settings.WORKERS = 0
    announce_queues(["remote"], by="housekeeper")

    assert client.get("/health/ready").status_code == 200


def test_worker_that_loads_its_models_is_not_ready(client: Client) -> None:
    announce(worker(ready=False))

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"]["detail"] == "Models are loading."


def test_redis_that_is_away_is_named_without_its_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = redis.Redis(unix_socket_path="/nowhere/private.sock")
    monkeypatch.setattr("operations.readiness.redis_client", lambda: nobody)
    monkeypatch.setattr(presence, "redis_client", lambda: nobody)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert parts(answer.json()) == {"web": True, "database": True, "redis": False, "workers": False}
    assert "private.sock" not in answer.text


def test_unsafe_methods_are_refused(client: Client) -> None:
    assert client.post("/health/ready").status_code == 405
    assert client.head("/health/ready").status_code == 503

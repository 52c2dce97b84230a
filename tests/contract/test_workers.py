"""`GET /health` and `DELETE /cache`."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client

import common.redis_client
from accounts.models import Scope, User
from generation.cache_control import drop_generation, report_dropped
from generation.presence import announce_queues
from tests.factories.accounts import UserFactory
from tests.support.clients import KeyClient
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db


def test_health_with_workers() -> None:
    announce_worker(models=["demo-stable-diffusion"])
    announce_worker(name="worker-2", models=["demo-stable-diffusion", "other"])

    response = Client().get("/health")

    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "device": "cpu", "models_loaded": 3}


def test_health_without_workers() -> None:
    response = Client().get("/health")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "degraded", "device": "cpu", "models_loaded": 0},
    )


@pytest.mark.parametrize(("workers", "status"), [(0, "healthy"), (1, "degraded")])
def test_health_where_providers_run_the_jobs(settings: Any, workers: int, status: str) -> None:
    settings.WORKERS = workers
    announce_queues(["remote"], by="housekeeper")

    assert Client().get("/health").json() == {"status": status, "device": "cpu", "models_loaded": 0}


def test_health_without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("unix:///nonexistent/redis.sock").connection_pool
    monkeypatch.setattr(common.redis_client.redis_client(), "connection_pool", gone)

    assert Client().get("/health").json()["status"] == "degraded"


@pytest.fixture
def answering_worker() -> Callable[[], None]:
    """Call it to start a thread that answers the next request to unload, as the worker's loop does."""
    announce_worker()
    before = drop_generation()
    ended = threading.Event()

    def answer() -> None:
        while not ended.wait(0.01):
            if drop_generation() > before:
                report_dropped(drop_generation(), "worker-1", 2)
                return

    threads: list[threading.Thread] = []

    def start() -> None:
        threads.append(threading.Thread(target=answer, daemon=True))
        threads[0].start()

    return start


def test_cache_is_dropped_by_staff(answering_worker: Callable[[], None]) -> None:
    answering_worker()

    response = KeyClient(UserFactory(is_staff=True), Scope.MANAGE).delete("/cache")

    assert response.status_code == 200
    assert response.json() == {"success": True, "message": "2 models were unloaded.", "models_unloaded": 2}


@pytest.mark.parametrize(
    ("staff", "scopes"),
    [(True, [Scope.READ, Scope.GENERATE]), (False, [Scope.MANAGE]), (False, [Scope.READ])],
)
def test_cache_is_not_dropped_by_others(staff: bool, scopes: list[Scope]) -> None:
    response = KeyClient(UserFactory(is_staff=staff), *scopes).delete("/cache")

    assert response.status_code == 403
    assert list(response.json()) == ["error"]
    assert drop_generation() == 0


def test_cache_with_a_session_needs_the_csrf_token() -> None:
    staff: User = UserFactory(is_staff=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.delete("/cache").status_code == 403

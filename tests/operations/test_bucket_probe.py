"""Whether the bucket answers, as /health/ready says it: soon, and without asking it all the time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from generation.presence import WorkerInfo, announce
from operations import bucket_probe
from operations.bucket_probe import BucketProbe
from tests.support.object_storage import ObjectStorage, Proxy, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_probe, "_probe", BucketProbe())
    # However busy the machine is.
    monkeypatch.setattr(bucket_probe, "_PATIENCE_SECONDS", 120.0)
    monkeypatch.setattr(bucket_probe, "_FRESH_SECONDS", 3600.0)
    announce(WorkerInfo(name="w1", host="here", pid=1, queues=["cpu"], ready=True))


def part(client: Client) -> tuple[int, Any]:
    answer = client.get("/health/ready")
    return answer.status_code, answer.json()["parts"].get("object storage")


def test_content_on_the_disk_asks_nobody(client: Client) -> None:
    assert part(client) == (200, None)


def test_bucket_that_answers_is_asked_once_for_many_probes(
    client: Client, object_storage: ObjectStorage, settings: Any
) -> None:
    with Proxy(object_storage.url) as proxy:
        set_up(settings, proxy.url)

        assert [part(client) for _ in range(5)] == [(200, {"ok": True, "detail": "answers"})] * 5
        assert len(proxy.requests) == 1


def test_bucket_that_refuses_is_told_without_its_address(
    client: Client, object_storage: ObjectStorage, settings: Any
) -> None:
    set_up(settings, object_storage.url, bucket_name="nobody-made-this")

    status, found = part(client)

    assert status == 503
    assert found == {"ok": False, "detail": "The object storage does not answer, or refuses."}


def test_bucket_that_is_silent_holds_no_probe_and_is_asked_once(
    client: Client, object_storage: ObjectStorage, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The question itself would wait for minutes, three times.
    monkeypatch.setattr(bucket_probe, "_PATIENCE_SECONDS", 0.2)
    probe = BucketProbe()
    with Proxy(object_storage.url) as proxy:
        proxy.stall = True
        set_up(settings, proxy.url, timeout=300)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: probe.answers(), range(8)))
        monkeypatch.setattr(bucket_probe, "_probe", probe)
        status, _ = part(client)
        asked = len(proxy.requests)

    assert (set(answers), status) == ({False}, 503)
    assert asked <= 1


def test_bucket_that_comes_back_is_seen(object_storage: ObjectStorage, settings: Any, monkeypatch: Any) -> None:
    probe = BucketProbe()
    set_up(settings, object_storage.url, bucket_name="nobody-made-this")
    assert not probe.answers()
    set_up(settings, object_storage.url)
    assert not probe.answers(), "an answer counts for some seconds"

    monkeypatch.setattr(bucket_probe, "_FRESH_SECONDS", 0.0)

    assert probe.answers()

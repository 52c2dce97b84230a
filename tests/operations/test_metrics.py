"""What /metrics tells of the studio."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from common.redis_client import redis_client
from content.ipfs.census import count_pins
from content.models import Pin
from generation.models import Job, Status
from generation.presence import WorkerInfo, announce, announce_housekeeper
from operations.metrics import StudioCollector
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-prometheus"


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    """Values of our own metrics: (name, label values…) → value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    samples = [
        sample
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
        if sample.name.startswith("atelier_")
    ]
    return {(sample.name, *(sample.labels[key] for key in sorted(sample.labels))): sample.value for sample in samples}


def test_jobs_that_wait_and_run_are_counted_by_queue(client: Client) -> None:
    JobFactory.create_batch(2, queue="cpu", status=Status.QUEUED)
    JobFactory(queue="remote", status=Status.QUEUED)
    Job.objects.filter(queue="cpu").update(created_at=timezone.now() - timedelta(seconds=90))

    values = scrape(client)

    assert values["atelier_jobs", "cpu", "queued"] == 2
    assert values["atelier_jobs", "remote", "queued"] == 1
    assert values["atelier_oldest_queued_job_seconds", "cpu"] >= 90
    assert values["atelier_oldest_queued_job_seconds", "remote"] < 90


def test_workers_and_housekeepers_are_counted(client: Client) -> None:
    announce(WorkerInfo(name="w1", host="a", pid=1, queues=["cpu"], ready=True, device="cpu", memory_bytes=700))
    announce(WorkerInfo(name="w2", host="b", pid=1, queues=["gpu"], device="cuda", memory_bytes=900))
    announce_housekeeper("h1")

    values = scrape(client)

    assert (values["atelier_workers", "ready"], values["atelier_workers", "loading"]) == (1, 1)
    assert values["atelier_worker_memory_bytes", "cuda", "w2"] == 900
    assert values["atelier_housekeepers",] == 1


def test_nothing_there_is_zero_and_not_missing(client: Client) -> None:
    values = scrape(client)

    assert (values["atelier_workers", "ready"], values["atelier_housekeepers",]) == (0, 0)


def test_pins_are_told_by_state_where_there_is_a_node(
    client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    Pin.objects.bulk_create(
        [Pin(cid=f"c{index}", state=state) for index, state in enumerate(["pinned"] * 2 + ["local"])]
    )
    assert not [name for name, *_ in scrape(client) if name == "atelier_pins"]
    settings.IPFS_API = "/ip4/127.0.0.1/tcp/5001"
    assert not [name for name, *_ in scrape(client) if name == "atelier_pins"], "nobody has counted yet"
    count_pins()

    values = scrape(client)

    assert {key[1]: value for key, value in values.items() if key[0] == "atelier_pins"} == {
        "pinned": 2,
        "pinning": 0,
        "failed": 0,
        "leaving": 1,
    }
    with django_assert_num_queries(1):  # that of the jobs
        list(StudioCollector().collect())


def test_what_cannot_be_read_is_left_out(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("gone away")

    redis_client.cache_clear()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    try:
        without_redis = {family.name for family in StudioCollector().collect()}
        monkeypatch.setattr("operations.metrics._count_jobs", away)
        without_both = {family.name for family in StudioCollector().collect()}
    finally:
        redis_client.cache_clear()

    assert without_redis == {"atelier_jobs", "atelier_oldest_queued_job_seconds"}
    assert without_both == set()


def test_one_scrape_takes_one_query(django_assert_num_queries: Any) -> None:
    JobFactory.create_batch(3)

    with django_assert_num_queries(1):
        list(StudioCollector().collect())

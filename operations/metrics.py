"""What Prometheus is told besides counts of requests: how much waits, and who is there to do it."""

from collections.abc import Iterator

import redis
from django.conf import settings
from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from content.ipfs.census import counted_pins
from content.models import PinState
from generation.models import Status
from generation.presence import live_housekeepers, live_workers
from generation.selectors import queue_loads


class StudioCollector(Collector):
    """Gauges of the whole studio, read when they are asked for: every web process gives the same.

    What cannot be read because the database or Redis is away is left out, so that the alert is about what is missing.
    """

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names without values: registering must not ask the database."""
        yield from _families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The names with today's values."""
        families = _families()
        try:
            _count_jobs(families)
        except DatabaseError:
            del families["jobs"], families["oldest"]
        try:
            _count_workers(families)
        except redis.RedisError:
            del families["workers"], families["memory"], families["housekeepers"]
        try:
            _tell_pins(families)
        except redis.RedisError:
            families.pop("pins", None)
        yield from families.values()


def _families() -> dict[str, GaugeMetricFamily]:
    return {
        "jobs": GaugeMetricFamily("atelier_jobs", "Jobs that wait or run.", labels=["queue", "status"]),
        "oldest": GaugeMetricFamily(
            "atelier_oldest_queued_job_seconds", "How long the oldest job of a queue has waited.", labels=["queue"]
        ),
        "workers": GaugeMetricFamily("atelier_workers", "Inference workers that are there.", labels=["state"]),
        "memory": GaugeMetricFamily(
            "atelier_worker_memory_bytes", "Resident memory of an inference worker.", labels=["worker", "device"]
        ),
        "housekeepers": GaugeMetricFamily("atelier_housekeepers", "Housekeepers that are there."),
        "pins": GaugeMetricFamily(
            "atelier_pins", "What the IPFS node has or is to have, counted once a minute.", labels=["state"]
        ),
    }


def _count_jobs(families: dict[str, GaugeMetricFamily]) -> None:
    for load in queue_loads():
        families["jobs"].add_metric([load.queue, load.status], load.jobs)
        if load.status == Status.QUEUED:
            families["oldest"].add_metric([load.queue], load.oldest_seconds)


def _count_workers(families: dict[str, GaugeMetricFamily]) -> None:
    workers = live_workers()
    ready = sum(worker.ready for worker in workers)
    families["workers"].add_metric(["ready"], ready)
    families["workers"].add_metric(["loading"], len(workers) - ready)
    for worker in workers:
        families["memory"].add_metric([worker.name, worker.device], worker.memory_bytes)
    families["housekeepers"].add_metric([], len(live_housekeepers()))


def _tell_pins(families: dict[str, GaugeMetricFamily]) -> None:
    counts = counted_pins() if settings.IPFS_API else None
    if counts is None:
        del families["pins"]
        return
    for state, number in counts.items():
        # A row in this state is about to leave the node.
        families["pins"].add_metric(["leaving" if state == PinState.LOCAL else state], number)

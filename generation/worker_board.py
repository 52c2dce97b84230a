"""The administrators' page about workers: who is there, what each holds and does, and what waits for whom."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import redis
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from generation import orders
from generation.models import Job, Status
from generation.orders import Order, State
from generation.pages import by_htmx
from generation.presence import WorkerInfo, live_housekeepers, live_workers
from generation.selectors import queue_loads

REDIS_AWAY = "Redis is away: who is there cannot be said. Jobs are kept, and go on when it is back."
_WORKER_HEADERS = ["Worker", "Host", "Queues", "Device", "Memory", "Current jobs"]
_DIED = "The worker ended while it did this. Its log says why: often too little memory."
_MINUTES_FROM = 120
_QUEUE_HEADERS = ["Queue", "Waiting", "Running", "The oldest waits for"]

Table = dict[str, Any]


def worker_board(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page, or by htmx its tables alone. `context` is the admin site's. Raises `PermissionDenied`."""
    if not request.user.has_perm("generation.view_job"):
        raise PermissionDenied
    template = "workers_tables.html" if by_htmx(request) else "workers.html"
    return render(request, f"admin/generation/{template}", {**context, "title": "Workers", **_tables()})


def _tables() -> dict[str, Any]:
    queues = {"headers": _QUEUE_HEADERS, "rows": _queue_rows()}
    try:
        workers, housekeepers, asked = live_workers(), live_housekeepers(), orders.recent()
    except redis.RedisError:
        return {"queues": queues, "problem": REDIS_AWAY}
    return {
        "queues": queues,
        "workers": {"headers": _WORKER_HEADERS, "rows": _worker_rows(workers)},
        # A row for each: on a phone a cell shows one line.
        "models": {
            "headers": ["Loaded model", "Worker"],
            "rows": [(model, worker.name) for worker in workers for model in worker.models],
        },
        "orders": [_told(order, workers) for order in asked],
        "housekeepers": {"headers": ["Housekeeper", "Host"], "rows": sorted(housekeepers.items())},
    }


def _worker_rows(workers: list[WorkerInfo]) -> list[list[Any]]:
    named = [job for worker in workers for job in worker.jobs]
    jobs = Job.objects.filter(id__in=named).only("id", "kind", "step", "steps").in_bulk()
    return [
        [
            worker.name,
            f"{worker.host}, process {worker.pid}",
            ", ".join(worker.queues),
            worker.device if worker.ready else f"{worker.device}, starting",
            filesizeformat(worker.memory_bytes),
            _links(jobs[UUID(job)] for job in worker.jobs if UUID(job) in jobs),
        ]
        for worker in workers
    ]


def _told(order: Order, workers: list[WorkerInfo]) -> dict[str, str]:
    """An order, and how far its worker is with it."""
    state, detail = str(order.state), order.detail
    if order.is_lost(workers) and state == State.UNDER_WAY:
        state, detail = State.FAILED, _DIED
    elif order.is_lost(workers):
        detail = "the worker is away"
    elif state == State.WAITING and any(worker.jobs for worker in workers if worker.name == order.worker):
        detail = "the worker does it after the job that it runs"
    seconds = max(0, int(time.time() - order.asked_at))
    ago = f"{seconds} s" if seconds < _MINUTES_FROM else f"{seconds // 60} min"
    return {
        "wish": order.wish,
        "name": order.name,
        "worker": order.worker,
        "state": state,
        "detail": detail,
        "ago": ago,
    }


def _links(jobs: Iterable[Job]) -> SafeString:
    links = (
        (reverse("admin:generation_job_change", args=[job.id]), f"{job.get_kind_display()} {job.step}/{job.steps}")
        for job in jobs
    )
    return format_html_join(
        SafeString(", "), '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', links
    ) or SafeString("–")


def _queue_rows() -> list[list[Any]]:
    """Of every queue with something in it."""
    rows: dict[str, list[Any]] = {}
    for load in queue_loads():
        row = rows.setdefault(load.queue, [load.queue, 0, 0, "–"])
        if load.status == Status.QUEUED:
            row[1], row[3] = load.jobs, f"{load.oldest_seconds:.0f} s"
        else:
            row[2] = load.jobs
    return list(rows.values())

"""Telling sockets and waiting requests what happens to jobs. Losing an event delays a reader, it never misleads one."""

import asyncio
import base64
import logging
import threading
from functools import cache
from typing import cast
from uuid import UUID

from channels.layers import get_channel_layer

from common.events import JobEvent, JobStatus, job_group, owner_group
from generation.models import TERMINAL, Job

logger = logging.getLogger(__name__)


def job_end_group(job_id: UUID) -> str:
    """The group that hears only of a job's end: requests that wait need not wake at every step."""
    return f"job-end.{job_id}"


def publish(job: Job, *, eta_seconds: float | None = None, preview: bytes | None = None) -> None:
    """Send the job's state to its owner's sockets and to those who wait. Returns at once, never raises.

    `job.owner` must be loaded. `preview` is a small JPEG.
    """
    event: JobEvent = {
        "type": "job.event",
        "id": str(job.id),
        "status": cast(JobStatus, job.status),
        "step": job.step,
        "steps": job.steps,
        "eta_seconds": eta_seconds,
    }
    if preview is not None:
        event["preview"] = "data:image/jpeg;base64," + base64.b64encode(preview).decode()
    groups = [job_group(job.id), owner_group(job.owner.public_id)]
    if job.status in TERMINAL:
        groups.append(job_end_group(job.id))
    _publisher().put(event, groups)


class _Publisher:
    """An event loop in a thread: channel layers are asynchronous, services and engines are not.

    Of several events of one job that wait to be sent only the newest goes out: old progress is worth nothing.
    """

    def __init__(self) -> None:
        self._pending: dict[str, tuple[JobEvent, list[str]]] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="events", daemon=True).start()

    def put(self, event: JobEvent, groups: list[str]) -> None:
        with self._lock:
            idle = not self._pending
            earlier = self._pending.pop(event["id"], None)
            if earlier and "preview" in earlier[0] and "preview" not in event:
                event["preview"] = earlier[0]["preview"]
            self._pending[event["id"]] = (event, groups)
        if idle:
            asyncio.run_coroutine_threadsafe(self._send_pending(), self._loop)

    async def _send_pending(self) -> None:
        layer = get_channel_layer()
        while True:
            with self._lock:
                if not self._pending:
                    return
                event, groups = self._pending.pop(next(iter(self._pending)))
            for group in groups:
                try:
                    await layer.group_send(group, event)
                except Exception:  # Whatever the layer's transport raises: readers find the row.
                    logger.debug("An event of job %s was not sent", event["id"], exc_info=True)


@cache
def _publisher() -> _Publisher:
    return _Publisher()

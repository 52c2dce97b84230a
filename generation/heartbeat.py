"""Saying that a claim is alive, from a thread of its own, so that a busy engine needs no time for it."""

import logging
import os
import threading
import time
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

from generation.claim import Claim
from generation.models import Job, Status

logger = logging.getLogger(__name__)

# EX_TEMPFAIL of sysexits.h: the supervisor starts a fresh worker.
EXIT_ENGINE_HUNG = 75


class Heartbeat:
    """Beats for a claim's jobs at least five times per stale time, and writes their progress with the same UPDATE.

    It beats only while progress is younger than `JOB_STALL_SECONDS`: past that the engine counts as hung, and since
    nothing can stop a thread inside a kernel call, the process ends; its jobs go to another worker.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._live = {job.id: job for job in claim.jobs}
        self._interval = min(1.0, settings.JOB_STALE_SECONDS / 5)
        self._ended = threading.Event()
        self._progress_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.lost: set[UUID] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def progressed(self) -> None:
        """The engine did something: loaded, or finished a step."""
        self._progress_at = time.monotonic()

    def finished(self, job_id: UUID) -> None:
        """This job needs no more beats."""
        self._live.pop(job_id, None)

    def _run(self) -> None:
        try:
            while not self._ended.wait(self._interval):
                if time.monotonic() - self._progress_at > settings.JOB_STALL_SECONDS:
                    logger.critical(
                        "No progress for %d s: the engine hangs, this worker ends.", settings.JOB_STALL_SECONDS
                    )
                    os._exit(EXIT_ENGINE_HUNG)
                try:
                    self._beat()
                except Error as error:  # The database may be away; the claim holds until it is stale.
                    logger.warning("A heartbeat was not written: %s", error)
                    connections.close_all()
        finally:
            connections.close_all()

    def _beat(self) -> None:
        for job in list(self._live.values()):
            held = Job.objects.filter(id=job.id, claim_token=self._claim.token, status=Status.RUNNING)
            if not held.update(heartbeat_at=timezone.now(), step=job.step, steps=job.steps) and job.id in self._live:
                self.lost.add(job.id)
                self._live.pop(job.id, None)

"""The inference worker: one process, one thread that runs engines, models that stay warm."""

import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import django_rq
import redis
from django.db import close_old_connections, connections
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job as Courier
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from common.errors import AtelierError
from generation import jobs, orders
from generation.cache_control import drop_generation, report_dropped
from generation.checkpoints import engine_entry
from generation.claim import Claim, claim_batch, give_back, something_is_queued
from generation.couriers import WORK, forget_worker, queue_of_worker, send_courier
from generation.loading import follow
from generation.models import CAPABILITY_OF_KIND, Checkpoint
from generation.presence import ANNOUNCE_SECONDS, WorkerInfo, announce, withdraw
from generation.runner import run_claim
from generation.workshop import Workshop

logger = logging.getLogger(__name__)

# Stopping must be done within 10 s; an engine step that takes longer is cut off.
_GRACE_SECONDS = 7.0
_HOST = socket.gethostname()


class CourierWorker(SimpleWorker):
    """An RQ worker that runs nothing but couriers, and leaves signals to `InferenceWorker`."""

    def execute_job(self, job: Courier, queue: Queue) -> None:
        try:
            allowed = job.func_name == WORK and not job.args and not job.kwargs
        except DeserializationError:
            allowed = False
        if not allowed:
            logger.error("Refused an RQ job that is no courier: %s", job.id)
            job.delete()
            return
        super().execute_job(job, queue)

    def _install_signal_handlers(self) -> None:
        pass


class InferenceWorker:
    """Serves `queues` until SIGTERM or SIGINT; then its running jobs go back into the queue within 10 s."""

    def __init__(self, *, name: str, queues: Sequence[str]) -> None:
        self._name = name
        self._queues = list(queues)
        self._workshop = Workshop()
        self._stopping = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._claim: Claim | None = None
        self._ready = False
        self._rq_worker: CourierWorker | None = None

    def serve(self) -> None:
        """Run until told to stop."""
        self._watch_signals()
        self._announce()
        threading.Thread(target=self._keep_announcing, name="presence", daemon=True).start()
        jobs.serve_with(self.work_once)
        try:
            self._preload()
            # Those that a former worker of this name left.
            self._follow_orders()
            self._ready = True
            self._announce()
            logger.info("Worker %s serves %s on %s", self._name, ", ".join(self._queues), self._workshop.device.name)
            while not self._stopping.is_set():
                self._take_couriers()
        except StopRequested:
            pass
        finally:
            withdraw(self._name)
            forget_worker(self._name)
            connections.close_all()

    def work_once(self) -> None:
        """What a courier asks for: the orders that came, then one claim, run to its end."""
        close_old_connections()
        self._idle.clear()
        try:
            self._follow_orders()
            if self._stopping.is_set():  # What this courier was for, the reaper sends another for.
                return
            claim = claim_batch(worker=self._name, queues=self._queues, max_batch=self._workshop.max_batch())
            if claim is None:
                return
            self._claim = claim
            run_claim(claim, workshop=self._workshop, stopping=self._stopping)
            if not self._stopping.is_set() and something_is_queued(self._queues):
                send_courier(claim.jobs[0].queue if claim.jobs else self._queues[0])
        finally:
            self._claim = None
            self._idle.set()

    def _follow_orders(self) -> None:
        """Load and unload what administrators asked for. No job is held meanwhile: other workers may take them all."""
        try:
            while not self._stopping.is_set() and (order := orders.take(self._name, host=_HOST, pid=os.getpid())):
                logger.info("Told to %s %s", order.wish, order.name)
                state, detail = follow(order, self._workshop)
                self._announce()
                orders.report(order, state, detail)
        except redis.RedisError as error:
            logger.warning("Redis is away: %s", error)

    def _take_couriers(self) -> None:
        """One life of an RQ worker. RQ's ends at some faults of Redis; ours does not: its models are warm."""
        try:
            shared = [django_rq.get_queue(name, serializer=JSONSerializer) for name in self._queues]
            queues = [queue_of_worker(self._name), *shared]
            self._rq_worker = CourierWorker(
                queues,
                # After a kill the old name stays registered in Redis for minutes.
                name=f"{self._name}.{uuid.uuid4().hex[:8]}",
                connection=shared[0].connection,
                serializer=JSONSerializer,
                log_job_description=False,
            )
            self._rq_worker.work(logging_level="WARNING")
        except redis.RedisError as error:
            logger.warning("Redis is away: %s", error)
        if not self._stopping.wait(1):
            logger.warning("Taking couriers again")

    def _preload(self) -> None:
        """Load the models that jobs need before the first job asks for them."""
        for checkpoint in Checkpoint.objects.filter(default_for__in=set(CAPABILITY_OF_KIND.values())):
            try:
                entry = engine_entry(checkpoint)
                if entry.is_remote or entry.queue not in self._queues:
                    continue
                with self._workshop.engine_for(checkpoint):
                    pass
            except AtelierError as error:
                logger.error("%s could not be loaded: %s", checkpoint.slug, error.message)

    # ---- Presence ---------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        claim = self._claim
        try:
            announce(
                WorkerInfo(
                    name=self._name,
                    host=_HOST,
                    pid=os.getpid(),
                    queues=self._queues,
                    ready=self._ready,
                    device=self._workshop.device.name,
                    models=self._workshop.loaded(),
                    memory_bytes=_resident_bytes(),
                    jobs=[str(job.id) for job in claim.jobs] if claim else [],
                )
            )
        except redis.RedisError as error:
            logger.debug("Not announced: %s", error)

    def _keep_announcing(self) -> None:
        seen: int | None = None
        announced_at = time.monotonic()
        while not self._stopping.wait(0.5):
            try:
                asked = drop_generation()
                if seen is not None and asked != seen:
                    report_dropped(asked, self._name, self._workshop.drop_all())
                seen = asked
            except redis.RedisError:
                continue
            if time.monotonic() - announced_at >= ANNOUNCE_SECONDS:
                self._announce()
                announced_at = time.monotonic()

    # ---- Stopping ---------------------------------------------------------------------------------------------

    def _watch_signals(self) -> None:
        reading, writing = socket.socketpair()
        writing.setblocking(False)
        # Python's handlers wait for the main thread, which may sit in a kernel call for long; this byte does not.
        signal.set_wakeup_fd(writing.fileno())
        threading.Thread(target=self._stop_when_told, args=(reading, writing), name="stop", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle_signal)

    def _handle_signal(self, number: int, frame: FrameType | None) -> Any:
        self._stopping.set()
        if self._rq_worker is not None:
            self._rq_worker._stop_requested = True
        if self._idle.is_set():
            raise StopRequested

    def _stop_when_told(self, reading: socket.socket, writing: socket.socket) -> None:
        told = reading.recv(1)
        self._stopping.set()
        if self._idle.wait(_GRACE_SECONDS):
            return
        logger.warning("The engine did not stop in time (signal %d): its jobs go back and the process ends.", told[0])
        claim = self._claim
        if claim is not None:
            give_back(claim)
            for job in claim.jobs:
                send_courier(job.queue)
        withdraw(self._name)
        os._exit(0)


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):  # Not Linux.
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")

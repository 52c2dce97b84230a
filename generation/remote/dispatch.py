"""Taking jobs of the queue `remote` and running them in a few threads: a provider makes us wait, not work."""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import connections

from generation.claim import Claim, claim_batch
from generation.couriers import take_courier
from generation.engines.registry import REMOTE_QUEUE, read_entries
from generation.presence import ANNOUNCE_SECONDS, announce_queues
from generation.remote.desk import ProviderDesk
from generation.runner import run_claim

logger = logging.getLogger(__name__)

# Jobs at the same time: enough for a studio, and within the first quotas of providers.
THREADS = 8
_COURIER_SECONDS = 1
_AWAY_SECONDS = 1.0


class RemoteDispatcher:
    """Serves the queue `remote` under `name` until told to stop; then its running jobs go back into the queue."""

    def __init__(self, *, name: str, threads: int = THREADS) -> None:
        self._name = name
        self._threads = threads
        self._desk = ProviderDesk()
        self._wake = threading.Event()
        self._under_way: set[Future[None]] = set()
        self._announced_at: float | None = None
        # Without a provider nobody may think that somebody serves; what is still queued is told why it fails.
        self._has_providers = any(entry.is_remote for entry in read_entries(settings.ENGINES).values())

    def run(self, stopping: threading.Event) -> None:
        """Return when `stopping` is set and every job has ended or was given back: within about a second."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="remote") as pool:
            look = True
            while not stopping.is_set():
                self._announce()
                self._under_way = {future for future in self._under_way if not future.done()}
                if len(self._under_way) >= self._threads:
                    self._wake.wait(_COURIER_SECONDS)
                    self._wake.clear()
                    look = True
                elif look or self._courier_came(stopping):
                    look = self._start_one(pool, stopping)

    def _start_one(self, pool: ThreadPoolExecutor, stopping: threading.Event) -> bool:
        """Claim a job and run it in the pool; whether there was one."""
        try:
            claim = claim_batch(worker=self._name, queues=[REMOTE_QUEUE], max_batch=1)
        except Exception:  # The database may be back at the next look.
            logger.exception("No job could be claimed")
            stopping.wait(_AWAY_SECONDS)
            return False
        finally:
            connections.close_all()
        if claim is None:
            return False
        future = pool.submit(self._run, claim, stopping)
        self._under_way.add(future)
        future.add_done_callback(lambda _: self._wake.set())
        return True

    def _run(self, claim: Claim, stopping: threading.Event) -> None:
        try:
            run_claim(claim, workshop=self._desk, stopping=stopping)
        except Exception:  # The claim goes stale, and the reaper brings the job back.
            logger.exception("Claim %s was not brought to its end", claim.token)
        finally:
            connections.close_all()

    def _courier_came(self, stopping: threading.Event) -> bool:
        try:
            return take_courier(REMOTE_QUEUE, seconds=_COURIER_SECONDS)
        except redis.RedisError as error:
            logger.warning("Redis is away: %s", error)
            stopping.wait(_AWAY_SECONDS)
            return True

    def _announce(self) -> None:
        now = time.monotonic()
        if not self._has_providers or (self._announced_at and now - self._announced_at < ANNOUNCE_SECONDS):
            return
        try:
            announce_queues([REMOTE_QUEUE], by=self._name)
        except redis.RedisError as error:
            logger.debug("Not announced: %s", error)
        self._announced_at = now

"""Waiting for a job to end without a thread or a database connection: events first, one query a second as a net."""

import asyncio
import logging
import weakref
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections

from generation.events import job_end_group
from generation.models import TERMINAL, Job

logger = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
# Below every backend's limit on parameters of one query.
_IDS_PER_QUERY = 500


async def wait_for_end(job_id: UUID, seconds: float) -> bool:
    """Whether the job reached a terminal state within `seconds`. Cancelling the coroutine leaves nothing behind."""
    return await _waiter().wait(job_id, seconds)


class _Waiter:
    """All waiting requests of one event loop share a channel, a receiving task and one polling query a second."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, set[asyncio.Future[None]]] = {}
        self._fresh: set[UUID] = set()
        self._fresh_arrived = asyncio.Event()
        self._opening = asyncio.Lock()
        self._channel: str | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None

    async def wait(self, job_id: UUID, seconds: float) -> bool:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(job_id, set()).add(ended)
        self._start()
        task = asyncio.current_task()
        cancelled_before = task.cancelling() if task else 0
        try:
            async with asyncio.timeout(seconds):
                await self._subscribe(job_id)
                # The Redis client swallows a cancellation that meets it while it connects.
                if task and task.cancelling() > cancelled_before:
                    raise asyncio.CancelledError
                # The job may have ended before the subscription stood.
                self._fresh.add(job_id)
                self._fresh_arrived.set()
                await ended
            return True
        except TimeoutError:
            return False
        finally:
            futures = self._waiting.get(job_id, set())
            futures.discard(ended)
            if not futures:
                self._waiting.pop(job_id, None)
                self._fresh.discard(job_id)
                await self._unsubscribe(job_id)

    def _start(self) -> None:
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """End the tasks, before the event loop ends."""
        tasks = [task for task in (self._receiving, self._polling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _subscribe(self, job_id: UUID) -> None:
        layer = get_channel_layer()
        try:
            async with self._opening:
                if self._channel is None:
                    self._channel = await layer.new_channel("waiting.")
                    self._receiving = asyncio.create_task(self._receive(self._channel))
            await layer.group_add(job_end_group(job_id), self._channel)
        except Exception as error:  # Whatever the layer's transport raises: the poll stands in.
            logger.debug("Waiting for job %s without events: %s", job_id, error)

    async def _unsubscribe(self, job_id: UUID) -> None:
        try:
            if self._channel is not None:
                await get_channel_layer().group_discard(job_end_group(job_id), self._channel)
        except Exception as error:  # As above.
            logger.debug("A subscription to job %s was left behind: %s", job_id, error)

    async def _receive(self, channel: str) -> None:
        layer = get_channel_layer()
        while True:
            event = await layer.receive(channel)
            self._end(UUID(event["id"]))

    async def _poll(self) -> None:
        """Ends when nobody waits any more; the next `wait` starts it again."""
        while self._waiting:
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._fresh_arrived.wait()
            except TimeoutError:
                ids = list(self._waiting)
            else:
                await asyncio.sleep(0.02)  # Requests that arrive together share the query.
                ids = list(self._fresh)
            self._fresh_arrived.clear()
            self._fresh.clear()
            try:
                for job_id in await sync_to_async(_ended_among, thread_sensitive=False)(ids):
                    self._end(job_id)
            except Exception:  # The database may be away for a while: those who wait go on waiting.
                logger.warning("The state of %d awaited jobs could not be read", len(ids), exc_info=True)
                await asyncio.sleep(_POLL_SECONDS)

    def _end(self, job_id: UUID) -> None:
        for future in self._waiting.get(job_id, set()):
            if not future.done():
                future.set_result(None)


def _ended_among(ids: list[UUID]) -> set[UUID]:
    """Those that ended, and those whose row is gone: nothing will ever tell of them."""
    try:
        ended = set(ids)
        for start in range(0, len(ids), _IDS_PER_QUERY):
            some = ids[start : start + _IDS_PER_QUERY]
            ended.difference_update(
                Job.objects.filter(id__in=some).exclude(status__in=TERMINAL).values_list("id", flat=True)
            )
        return ended
    finally:
        connections.close_all()


_waiters: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Waiter]" = weakref.WeakKeyDictionary()


def _waiter() -> _Waiter:
    loop = asyncio.get_running_loop()
    if loop not in _waiters:
        _waiters[loop] = _Waiter()
    return _waiters[loop]

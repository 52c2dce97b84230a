"""`GET /api/v1/jobs/<id>/events`: what happens to a job, as server-sent events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from channels.layers import get_channel_layer
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.views import caller
from common.errors import NotFound
from common.events import JobEvent, job_group
from generation.presentation import job_body, message_of_progress, message_of_row
from generation.schema import jobs as schema
from generation.selectors import job_of
from generation.views.asynchronous import AsyncAPIView, IgnoreAccept, Later, in_thread
from generation.waiting import wait_for_end

logger = logging.getLogger(__name__)

NextEvent = Callable[[], Awaitable[tuple[JobEvent | None, bool]]]
# Proxies close a connection on which nothing comes for 30–60 s.
HEARTBEAT_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000
# A comment: clients read over it, proxies see that the connection lives.
KEEP_ALIVE = b": keep-alive\n\n"


class JobEvents(AsyncAPIView):
    """Progress, previews and the end of one job of the caller."""

    content_negotiation_class = IgnoreAccept

    @extend_schema(**schema.JOBS_EVENTS)
    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        job_of(owner=caller(request), job_id=job_id)

        async def stream() -> HttpResponseBase:
            return event_stream(_events(request, job_id))

        return Later(stream)


def event_stream(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """`frames` as an answer."""
    return StreamingHttpResponse(
        frames,
        content_type="text/event-stream",
        # nginx would hold events back until a buffer is full.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(request: Request, job_id: UUID) -> AsyncIterator[bytes]:
    """Frames until the job has ended. The row is read at the start and at the end; in between events say enough."""

    def read() -> tuple[bool, bytes]:
        job = job_of(owner=caller(request), job_id=job_id)
        if job.is_terminal:
            return True, _frame(job.status, job_body(job, request.build_absolute_uri))
        return False, _progress(message_of_row(job, request.build_absolute_uri))

    read_row = in_thread(read)
    yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
    try:
        async with subscription(job_id) as next_event:
            # Read after the subscription stands: an event cannot fall between the two.
            ended, frame = await read_row()
            yield frame
            while not ended:
                event, over = await next_event()
                if event is not None and event["status"] == "running":
                    for frame in _frames_of_progress(event):
                        yield frame
                elif event is not None or over:
                    ended, frame = await read_row()
                    yield frame
                else:
                    yield KEEP_ALIVE
    except NotFound:
        return  # The job was deleted: there is nothing more to say of it.


@asynccontextmanager
async def subscription(job_id: UUID) -> AsyncIterator[NextEvent]:
    """Yields a coroutine function for the job's next event.

    It returns (event, False), or (None, True) where the row says that the job has ended, or (None, False) after
    `HEARTBEAT_SECONDS` without news.

    The end is never missed: where its event is lost, or the layer is away, `wait_for_end` finds it in the row.
    """
    layer = get_channel_layer()
    channel: str | None = None
    receiving: asyncio.Task[JobEvent] | None = None
    ending: asyncio.Task[bool] | None = None

    async def next_event() -> tuple[JobEvent | None, bool]:
        nonlocal receiving, ending
        if channel is not None and receiving is None:
            receiving = asyncio.create_task(layer.receive(channel))
        if ending is None:
            ending = asyncio.create_task(wait_for_end(job_id, HEARTBEAT_SECONDS))
        await asyncio.wait({task for task in (receiving, ending) if task}, return_when=asyncio.FIRST_COMPLETED)
        if receiving is not None and receiving.done():
            event, receiving = receiving.result(), None
            return event, False
        over, ending = ending.result(), None
        return None, over

    try:
        try:
            channel = await layer.new_channel("events.")
            await layer.group_add(job_group(job_id), channel)
        except Exception as error:  # Whatever the layer's transport raises: the end is found in the row.
            logger.warning("Job %s is watched without events: %s", job_id, error)
            channel = None
        # The Redis client swallows a cancellation that meets it while it connects.
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError
        yield next_event
    finally:
        if channel is not None and receiving is None:
            # The layer forgets a channel when a `receive` is cancelled, and only then.
            receiving = asyncio.create_task(layer.receive(channel))
            await asyncio.sleep(0)
        tasks = [task for task in (receiving, ending) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if channel is not None:
            await layer.group_discard(job_group(job_id), channel)


def _frames_of_progress(event: JobEvent) -> list[bytes]:
    message = message_of_progress(event)
    frames = [_progress(message)]
    if message["preview"] is not None:
        frames.append(_frame("preview", {name: message[name] for name in ("id", "step", "steps", "preview")}))
    return frames


def _progress(message: Any) -> bytes:
    names = ("id", "status", "step", "steps", "fraction", "eta_seconds", "queue_position")
    return _frame("progress", {name: message[name] for name in names})


def _frame(event: str, data: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.encode(), orjson.dumps(data))

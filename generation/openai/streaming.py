"""Answers under `/v1` that come as server-sent events while their job goes on."""

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from django.http import StreamingHttpResponse

from common.events import JobEvent
from generation.models import TERMINAL
from generation.openai.errors import StillRunning, error_body
from generation.views.events import event_stream, subscription

DONE = b"data: [DONE]\n\n"


def frame(data: dict[str, Any]) -> bytes:
    """One event, named after its `type` where it has one."""
    name = b"event: %s\n" % data["type"].encode() if "type" in data else b""
    return b"%sdata: %s\n\n" % (name, orjson.dumps(data))


async def progress(job_id: UUID, *, seconds: float, job_url: str) -> AsyncGenerator[JobEvent | None, None]:
    """What happens to a job until its end; None where nothing has for a while.

    Raises `StillRunning`, which names `job_url`, after `seconds`. Close it (`aclosing`) where it is left early.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    async with subscription(job_id) as next_event:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event, over = await next_event()
            except TimeoutError:
                raise StillRunning(job_url) from None
            if over or (event is not None and event["status"] in TERMINAL):
                return
            yield event


def preview_of(event: JobEvent) -> bytes | None:
    """The small JPEG in an event."""
    url = event.get("preview")
    return base64.b64decode(url.partition(",")[2]) if url else None


async def _with_errors(frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for each in frames:
            yield each
    except Exception as error:  # The status is out: what went wrong, whatever it is, is the last event.
        yield frame(error_body(error))


def stream_response(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """`frames` as an answer; an error among them becomes the last one."""
    return event_stream(_with_errors(frames))

"""Streams of `/v1`: events as they come, and what ends them."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer
from django.db import connections
from django.utils import timezone
from PIL import Image

from content.services import register, store
from generation.events import publish
from generation.models import Job, JobOutput, Status
from generation.services import cancel
from generation.waiting import _waiter
from tests.factories.accounts import UserFactory
from tests.support.clients import AsyncKeyClient
from tests.support.image_requests import encoded
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = "/v1/images/generations"
CHAT = "/v1/chat/completions"
PICTURE = {"prompt": "a red circle", "size": "320x256", "stream": True}
CONVERSATION = {"messages": [{"role": "user", "content": "the sea"}], "stream": True}
COLOUR = (200, 30, 30)


@pytest.fixture(autouse=True)
async def _fresh_layer() -> AsyncIterator[None]:
    yield
    await _waiter().close()
    await get_channel_layer().flush()
    channel_layers.backends.clear()


@pytest.fixture
async def client(_clean_state: None) -> AsyncKeyClient:
    await sync_to_async(announce_worker)()
    made: AsyncKeyClient = await sync_to_async(lambda: AsyncKeyClient(UserFactory()))()
    return made


async def begun(client: AsyncKeyClient, path: str, body: dict[str, Any]) -> tuple[AsyncIterator[bytes], Job]:
    """A stream that waits for its job, and the job."""
    response: Any = await client.post(path, body, content_type="application/json")
    assert response.status_code == 200, response.content
    assert (response["Content-Type"], response["Cache-Control"]) == ("text/event-stream", "no-store")
    stream: AsyncIterator[bytes] = aiter(response)
    return stream, await Job.objects.select_related("owner").aget()


async def rest(stream: AsyncIterator[bytes]) -> list[tuple[str, Any]]:
    """(name, data) of the events until the end; comments are skipped."""
    events = []
    async with asyncio.timeout(60):
        async for frame in stream:
            if frame.startswith(b":"):
                continue
            assert frame.endswith(b"\n\n")
            lines = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
            data = lines["data"]
            events.append((lines.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return events


async def subscribed() -> None:
    async with asyncio.timeout(60):
        while not _waiter()._waiting:
            await asyncio.sleep(0.02)


def picture(size: tuple[int, int], media: str = "PNG") -> bytes:
    return encoded(Image.new("RGB", size, COLOUR), media)


def shows(data: str, size: tuple[int, int], media: str) -> bool:
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    pixel = image.convert("RGB").getpixel((5, 5))
    near = max(abs(one - other) for one, other in zip(pixel, COLOUR, strict=True)) < 12  # type: ignore[arg-type]
    return (image.format, image.size) == (media, size) and near


def run(job: Job, step: int, preview: bytes | None = None) -> None:
    now = timezone.now()
    state = {"claim_token": job.id, "heartbeat_at": now, "started_at": now}
    Job.objects.filter(id=job.id).update(status=Status.RUNNING, step=step, **state)
    job.refresh_from_db()
    job.steps = 4
    publish(job, preview=preview)


def end(job: Job, *pieces: bytes, result: dict[str, Any] | None = None) -> None:
    for index, data in enumerate(pieces):
        row = register(owner=job.owner, stored=store(data), kind="image", media_type="image/png", width=320, height=256)
        JobOutput.objects.create(job=job, index=index, content=row)
    over = {"claim_token": None, "heartbeat_at": None, "finished_at": timezone.now()}
    Job.objects.filter(id=job.id).update(status=Status.SUCCEEDED, result=result or {}, **over)
    job.refresh_from_db()
    publish(job)


async def test_picture_with_partial_ones(client: AsyncKeyClient) -> None:
    body = {**PICTURE, "partial_images": 1, "output_format": "webp", "quality": "high"}
    stream, job = await begun(client, IMAGES, body)
    reading = asyncio.create_task(rest(stream))
    await subscribed()
    for step in (1, 2, 3):
        await sync_to_async(run)(job, step, picture((64, 51), "JPEG"))
        await asyncio.sleep(0.3)
    await sync_to_async(end)(job, picture((320, 256)))

    (first, partial), (second, completed) = await reading

    assert (first, second) == ("image_generation.partial_image", "image_generation.completed")
    shared = {"background": "opaque", "output_format": "webp", "quality": "high", "size": "320x256"}
    assert shows(partial.pop("b64_json"), (320, 256), "WEBP")
    assert shows(completed.pop("b64_json"), (320, 256), "WEBP")
    assert abs(partial.pop("created_at") - timezone.now().timestamp()) < 300
    assert abs(completed.pop("created_at") - timezone.now().timestamp()) < 300
    assert partial == {**shared, "type": first, "partial_image_index": 0}
    assert completed.pop("usage")["total_tokens"] == 0
    assert completed == {**shared, "type": second}


async def test_without_partial_images_previews_stay_here(client: AsyncKeyClient) -> None:
    stream, job = await begun(client, IMAGES, {**PICTURE, "n": 2})
    reading = asyncio.create_task(rest(stream))
    await subscribed()
    await sync_to_async(run)(job, 3, picture((64, 51), "JPEG"))
    await sync_to_async(end)(job, picture((320, 256)), encoded(Image.new("RGB", (320, 256), (0, 0, 9))))

    assert [name for name, _ in await reading] == ["image_generation.completed"] * 2


async def test_words_of_a_conversation(client: AsyncKeyClient) -> None:
    stream, job = await begun(client, CHAT, {**CONVERSATION, "n": 2, "stream_options": {"include_usage": True}})
    reading = asyncio.create_task(rest(stream))
    await subscribed()
    answers = [
        {"text": text, "finish_reason": reason, "prompt_tokens": 2, "completion_tokens": 3}
        for text, reason in (("The sea  is wide.\n", "stop"), ("", "length"))
    ]
    await sync_to_async(end)(job, result={**answers[0], "texts": answers})

    *chunks, (_, done) = await reading

    assert done == "[DONE]"
    assert {(name, chunk["id"], chunk["object"], chunk["model"]) for name, chunk in chunks} == {
        ("", f"chatcmpl-{job.id.hex}", "chat.completion.chunk", "demo-t5-text")
    }
    first, *middle, last = [chunk for _, chunk in chunks]
    assert [choice["delta"]["role"] for choice in first["choices"]] == ["assistant", "assistant"]
    said = [
        (choice["index"], choice["delta"].get("content"), choice["finish_reason"])
        for chunk in middle
        for choice in chunk["choices"]
    ]
    assert said == [
        (0, "The ", None),
        (0, "sea  ", None),
        (0, "is ", None),
        (0, "wide.\n", None),
        (0, None, "stop"),
        (1, None, "length"),
    ]
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 2, "completion_tokens": 6, "total_tokens": 8}


@pytest.mark.parametrize(("path", "body"), [(IMAGES, PICTURE), (CHAT, CONVERSATION)])
async def test_cancelled(client: AsyncKeyClient, path: str, body: dict[str, Any]) -> None:
    stream, job = await begun(client, path, body)
    reading = asyncio.create_task(rest(stream))
    await subscribed()
    await sync_to_async(cancel)(job=job)

    assert (await reading)[-1][1]["error"]["code"] == "job_cancelled"


@pytest.mark.parametrize(("path", "body"), [(IMAGES, PICTURE), (CHAT, CONVERSATION)])
async def test_time_is_up(client: AsyncKeyClient, settings: Any, path: str, body: dict[str, Any]) -> None:
    settings.DOCUMENTED_WAIT_SECONDS = 1
    stream, job = await begun(client, path, body)

    error = (await rest(stream))[-1][1]["error"]

    assert error["code"] == "timeout"
    assert f"http://testserver/api/v1/jobs/{job.id}" in error["message"]
    await job.arefresh_from_db()
    assert job.status == Status.QUEUED


async def test_a_client_that_goes_away_leaves_its_job_alone(client: AsyncKeyClient) -> None:
    stream, job = await begun(client, IMAGES, PICTURE)
    reading = asyncio.create_task(rest(stream))
    await subscribed()

    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await stream.aclose()  # type: ignore[attr-defined]

    await job.arefresh_from_db()
    assert job.status == Status.QUEUED
    assert not _waiter()._waiting


async def test_a_refused_request_is_no_stream(client: AsyncKeyClient) -> None:
    response = await client.post(IMAGES, {**PICTURE, "n": 9}, content_type="application/json")

    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


async def test_waiting_holds_no_connection(client: AsyncKeyClient) -> None:
    stream, job = await begun(client, IMAGES, PICTURE)
    reading = asyncio.create_task(rest(stream))
    await subscribed()

    assert await sync_to_async(lambda: connections["default"].connection, thread_sensitive=False)() is None

    await sync_to_async(cancel)(job=job)
    await reading

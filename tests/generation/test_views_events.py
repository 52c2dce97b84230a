"""Server-sent events of a job."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer
from django.utils import timezone

from accounts.models import User
from generation.events import publish
from generation.models import Job, Status
from generation.services import cancel
from generation.views import events
from generation.waiting import _waiter
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory
from tests.support.clients import AsyncKeyClient

pytestmark = pytest.mark.django_db(transaction=True)

Event = tuple[str, Any]


@pytest.fixture(autouse=True)
async def _fresh_layer() -> AsyncIterator[None]:
    yield
    await _waiter().close()
    await get_channel_layer().flush()
    channel_layers.backends.clear()


@pytest.fixture
async def user() -> User:
    made: User = await sync_to_async(UserFactory)()
    return made


async def job_for(user: User, **state: Any) -> Job:
    job: Job = await sync_to_async(JobFactory)(owner=user, **state)
    return job


async def watch(user: User, job: Job) -> AsyncIterator[bytes]:
    client = await sync_to_async(AsyncKeyClient)(user)
    response: Any = await client.get(f"/api/v1/jobs/{job.id}/events", headers={"Accept": "text/event-stream"})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-store"
    stream: AsyncIterator[bytes] = aiter(response)
    assert (await anext(stream)).startswith(b"retry: ")
    return stream


async def following(stream: AsyncIterator[bytes]) -> Event:
    """The next event; comments are skipped."""
    async with asyncio.timeout(60):
        while (frame := await anext(stream)).startswith(b":"):
            pass
    name, data = frame.decode().strip().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def rest(stream: AsyncIterator[bytes]) -> list[bytes]:
    async with asyncio.timeout(60):
        return [frame async for frame in stream]


async def test_ended_job_is_told_at_once(user: User) -> None:
    job = await job_for(user, failed=True)

    stream = await watch(user, job)

    name, body = await following(stream)
    assert name == "failed"
    assert (body["id"], body["status"], body["error"]["code"]) == (str(job.id), "failed", "engine_error")
    assert body["urls"]["self"] == f"http://testserver/api/v1/jobs/{job.id}"
    assert await rest(stream) == []
    assert not get_channel_layer().groups
    assert not get_channel_layer().channels


async def test_progress_preview_and_end(user: User) -> None:
    job = await job_for(user)
    stream = await watch(user, job)
    name, queued = await following(stream)
    assert (name, queued["status"], queued["queue_position"]) == ("progress", "queued", 1)

    now = timezone.now()
    await Job.objects.filter(id=job.id).aupdate(
        status=Status.RUNNING, claim_token=job.id, heartbeat_at=now, started_at=now
    )
    await job.arefresh_from_db()
    job.step = 2
    await sync_to_async(publish)(job, eta_seconds=0.5, preview=b"jpeg")
    progress, preview = await following(stream), await following(stream)
    await sync_to_async(cancel)(job=job)
    name, body = await following(stream)

    assert progress == (
        "progress",
        {
            "id": str(job.id),
            "status": "running",
            "step": 2,
            "steps": 4,
            "fraction": 0.5,
            "eta_seconds": 0.5,
            "queue_position": None,
        },
    )
    assert preview == (
        "preview",
        {"id": str(job.id), "step": 2, "steps": 4, "preview": "data:image/jpeg;base64,anBlZw=="},
    )
    assert (name, body["status"]) == ("cancelled", "cancelled")
    assert await rest(stream) == []


async def test_end_that_no_event_told(user: User) -> None:
    job = await job_for(user, running=True)
    stream = await watch(user, job)
    await following(stream)

    await Job.objects.filter(id=job.id).aupdate(
        status=Status.SUCCEEDED, finished_at=timezone.now(), claim_token=None, heartbeat_at=None
    )

    assert (await following(stream))[0] == "succeeded"


async def test_heartbeat_while_nothing_happens(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.1)
    stream = await watch(user, await job_for(user, running=True))
    await following(stream)

    async with asyncio.timeout(60):
        assert [await anext(stream) for _ in range(2)] == [b": keep-alive\n\n"] * 2
    await stream.aclose()  # type: ignore[attr-defined]


async def test_without_a_channel_layer_the_end_is_found(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def new_channel(self, prefix: str) -> str:
            raise ConnectionError("Redis is away")

    job = await job_for(user, running=True)
    monkeypatch.setattr(events, "get_channel_layer", Away)
    stream = await watch(user, job)
    await following(stream)

    await sync_to_async(cancel)(job=job)

    assert (await following(stream))[0] == "cancelled"


async def test_leaving_leaves_nothing_behind(user: User) -> None:
    stream = await watch(user, await job_for(user, running=True))
    await following(stream)
    waiting: asyncio.Task[bytes] = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
    await asyncio.sleep(0.5)
    assert get_channel_layer().groups

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert not get_channel_layer().groups
    assert not get_channel_layer().channels or _waiter()._channel in get_channel_layer().channels
    assert not _waiter()._waiting


async def test_foreign_job_is_not_found(user: User) -> None:
    foreign = await sync_to_async(JobFactory)()
    client = await sync_to_async(AsyncKeyClient)(user)

    response: Any = await client.get(f"/api/v1/jobs/{foreign.id}/events", headers={"Accept": "text/event-stream"})

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")

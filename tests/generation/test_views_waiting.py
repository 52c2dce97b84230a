"""Requests that wait: what they answer at each end, and what they hold meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from channels.layers import channel_layers, get_channel_layer
from django.db import connections
from django.utils import timezone

from accounts.models import User
from content.services import register, store
from generation.events import publish
from generation.models import Job, JobOutput, Status
from generation.services import cancel
from generation.urls import urlpatterns
from generation.views.asynchronous import in_thread
from generation.waiting import _waiter
from tests.factories.accounts import UserFactory
from tests.support.clients import AsyncKeyClient
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db(transaction=True)

PROMPT = {"prompt": "a cat", "width": 256, "height": 256, "seed": 3}


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


def post(client: AsyncKeyClient, path: str, body: dict[str, Any], **headers: str) -> "asyncio.Task[Any]":
    return asyncio.create_task(client.post(path, body, content_type="application/json", headers=headers))


async def submitted() -> Job:
    """The one job, once its request has written it and waits."""
    async with asyncio.timeout(60):
        while (job := await Job.objects.select_related("owner").afirst()) is None or not _waiter()._waiting:
            await asyncio.sleep(0.02)
    return job


def end_with_picture(job: Job, data: bytes = b"\x89PNG") -> None:
    content = register(
        owner=job.owner, stored=store(data), kind="image", media_type="image/png", provenance={"seed": 3}
    )
    JobOutput.objects.create(job=job, index=0, content=content)
    Job.objects.filter(id=job.id).update(status=Status.SUCCEEDED, finished_at=timezone.now(), engine_seconds=1.25)
    job.refresh_from_db()
    publish(job)


def fail(job: Job) -> None:
    Job.objects.filter(id=job.id).update(
        status=Status.FAILED, finished_at=timezone.now(), error_code="out_of_memory", error_message="Too large."
    )
    job.refresh_from_db()
    publish(job)


@pytest.mark.parametrize("path", ["/generate", "/generate/image", "/generate/image/prompt"])
async def test_job_that_fails(client: AsyncKeyClient, path: str) -> None:
    request = post(client, path, PROMPT)

    await sync_to_async(fail)(await submitted())

    response = await request
    assert (response.status_code, response.json()) == (500, {"error": "Too large."})


@pytest.mark.parametrize("path", ["/generate", "/generate/image", "/generate/image/prompt"])
async def test_job_that_is_cancelled(client: AsyncKeyClient, path: str) -> None:
    request = post(client, path, PROMPT)

    await sync_to_async(cancel)(job=await submitted())

    response = await request
    assert (response.status_code, response.json()) == (409, {"error": "The job was cancelled."})


async def test_job_that_succeeds(client: AsyncKeyClient) -> None:
    request = post(client, "/generate/image", PROMPT)
    assert not request.done()

    await sync_to_async(end_with_picture)(await submitted())

    response = await request
    assert (response.status_code, response.content) == (200, b"\x89PNG")
    assert (response["X-Generation-Time"], response["X-Seed"]) == ("1.250", "3")


async def test_job_that_is_deleted_meanwhile(client: AsyncKeyClient) -> None:
    request = post(client, "/generate", PROMPT)
    job = await submitted()
    await sync_to_async(cancel)(job=job)
    await Job.objects.filter(id=job.id).adelete()

    response = await request

    # Whether the answer was made before the row went is a race; what is not there is not found.
    assert response.status_code in (404, 409)


@pytest.mark.parametrize("path", ["/generate", "/generate/image", "/generate/image/prompt"])
async def test_prefer_respond_async(client: AsyncKeyClient, path: str) -> None:
    response = await post(client, path, PROMPT, Prefer="respond-async")

    job = await Job.objects.aget()
    assert response.status_code == 202
    assert response["Location"] == f"/api/v1/jobs/{job.id}"
    assert response["Preference-Applied"] == "respond-async"
    assert response.json() == {"job": f"http://testserver/api/v1/jobs/{job.id}", "status": "queued"}


async def test_documented_wait_that_ends(client: AsyncKeyClient, settings: Any) -> None:
    settings.DOCUMENTED_WAIT_SECONDS = 1
    started = time.monotonic()

    response = await post(client, "/generate", PROMPT)

    assert time.monotonic() - started >= 1
    job = await Job.objects.aget()
    assert (response.status_code, response["Location"]) == (202, f"/api/v1/jobs/{job.id}")
    assert response.json() == {"job": f"http://testserver/api/v1/jobs/{job.id}", "status": "queued"}
    assert "Preference-Applied" not in response


async def test_client_that_goes_away_leaves_its_job_and_nothing_else(client: AsyncKeyClient) -> None:
    request = post(client, "/generate", PROMPT)
    job = await submitted()

    request.cancel()
    await asyncio.gather(request, return_exceptions=True)

    await job.arefresh_from_db()
    assert job.status == Status.QUEUED
    assert not _waiter()._waiting
    assert not get_channel_layer().groups


async def test_fifty_clients_wait_at_once_and_hold_no_connection(client: AsyncKeyClient) -> None:
    requests = [post(client, "/generate/image/prompt", PROMPT, **{"Idempotency-Key": "one"}) for _ in range(50)]
    job = await submitted()
    # This test's own queries ran in the same thread.
    await sync_to_async(connections.close_all)()
    async with asyncio.timeout(120):
        while sum(len(futures) for futures in _waiter()._waiting.values()) < 50:
            await asyncio.sleep(0.05)

    assert await sync_to_async(open_connections)() == 0
    await sync_to_async(cancel)(job=job)

    responses = await asyncio.gather(*requests)
    assert {response.status_code for response in responses} == {409}
    assert await Job.objects.acount() == 1


def open_connections() -> int:
    """How many connections this thread holds: the one that the test's own requests ran their halves in."""
    return sum(connection.connection is not None for connection in connections.all(initialized_only=True))


async def test_in_thread_closes_what_it_opened() -> None:
    def ask() -> int:
        User.objects.count()
        return open_connections()

    assert await in_thread(ask)() == 1
    assert await sync_to_async(open_connections)() == 0


async def test_in_thread_closes_after_an_error() -> None:
    def fail_after_query() -> None:
        User.objects.count()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own, bare
        await in_thread(fail_after_query)()
    assert await sync_to_async(open_connections)() == 0


def test_job_making_views_are_coroutines() -> None:
    making = [each for each in urlpatterns if str(each.pattern).startswith("generate")]

    assert len(making) >= 8
    assert all(iscoroutinefunction(each.callback) for each in making)

"""Waiting for the end of jobs: by event, by poll, many at once, and leaving nothing behind."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer

from generation.events import job_end_group, publish
from generation.models import Job
from generation.services import cancel
from generation.waiting import _waiter, wait_for_end
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _fresh_layer() -> AsyncIterator[None]:
    yield
    await _waiter().close()
    await get_channel_layer().flush()
    channel_layers.backends.clear()


async def test_wait_for_an_ended_job_returns_at_once() -> None:
    job = await sync_to_async(JobFactory)(succeeded=True)

    started = time.monotonic()
    assert await wait_for_end(job.id, 30)
    assert time.monotonic() - started < 10


async def test_wait_hears_of_the_end() -> None:
    job = await sync_to_async(JobFactory)(running=True)
    waiting = asyncio.create_task(wait_for_end(job.id, 30))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    await sync_to_async(cancel)(job=job)

    assert await waiting


async def test_wait_finds_an_end_that_no_event_told() -> None:
    job = await sync_to_async(JobFactory)(failed=True)
    other = await sync_to_async(JobFactory)(running=True)
    waiting = asyncio.create_task(wait_for_end(other.id, 30))
    await asyncio.sleep(0.3)

    # The row changes behind the events' back, as when Redis lost them.
    await Job.objects.filter(id=other.id).aupdate(
        status="succeeded", finished_at=job.finished_at, claim_token=None, heartbeat_at=None
    )

    assert await waiting


async def test_wait_ends_where_the_row_is_gone() -> None:
    # As when an account is closed between the end of its job and the look that would have seen it.
    assert await wait_for_end(uuid.uuid4(), 30)


async def test_wait_works_again_after_nobody_waited() -> None:
    ended = await sync_to_async(JobFactory)(succeeded=True)
    job = await sync_to_async(JobFactory)(running=True)
    assert await wait_for_end(ended.id, 30)
    await asyncio.sleep(1.2)
    waiting = asyncio.create_task(wait_for_end(job.id, 30))
    await asyncio.sleep(0.1)

    await Job.objects.filter(id=job.id).aupdate(
        status="succeeded", finished_at=ended.finished_at, claim_token=None, heartbeat_at=None
    )

    assert await waiting


async def test_wait_ends_without_the_job() -> None:
    job = await sync_to_async(JobFactory)()

    assert not await wait_for_end(job.id, 0.2)


async def test_progress_does_not_wake_those_who_wait() -> None:
    job = await sync_to_async(JobFactory)(running=True)
    waiting = asyncio.create_task(wait_for_end(job.id, 30))
    await asyncio.sleep(0.2)

    publish(job)

    await asyncio.sleep(0.3)
    assert not waiting.done()
    waiting.cancel()


async def test_a_client_that_goes_away_leaves_nothing_behind() -> None:
    job = await sync_to_async(JobFactory)()
    waiting = asyncio.create_task(wait_for_end(job.id, 30))
    group = get_channel_layer()._get_layer()._get_group_channel_name(job_end_group(job.id))
    async with asyncio.timeout(60):
        while group not in get_channel_layer().groups:
            await asyncio.sleep(0.02)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not _waiter()._waiting
    assert group not in get_channel_layer().groups


async def test_two_hundred_waiters_all_hear_of_the_end() -> None:
    job = await sync_to_async(JobFactory)(running=True)
    waiting = [asyncio.create_task(wait_for_end(job.id, 30)) for _ in range(200)]
    other = await sync_to_async(JobFactory)(running=True)
    waiting += [asyncio.create_task(wait_for_end(other.id, 1)) for _ in range(20)]
    await asyncio.sleep(0.5)

    await sync_to_async(cancel)(job=job)

    answers = await asyncio.gather(*waiting)
    assert answers == [True] * 200 + [False] * 20

"""Websockets: who is let in, what is said at the start, and what follows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import ApiKey, User
from accounts.services import create_api_key, revoke_api_key
from config.routing import websocket_application
from generation import consumers
from generation.events import publish
from generation.models import Job, Status
from generation.services import cancel
from generation.tickets import issue_ticket, redeem_ticket
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db(transaction=True)

HOST = (b"host", b"atelier.test")
OWN_ORIGIN = (b"origin", b"http://atelier.test")


@pytest.fixture(autouse=True)
async def _fresh_layer() -> AsyncIterator[None]:
    yield
    await get_channel_layer().flush()
    channel_layers.backends.clear()


@pytest.fixture
async def user() -> User:
    made: User = await sync_to_async(UserFactory)()
    return made


async def job_for(user: User, **state: Any) -> Job:
    job: Job = await sync_to_async(JobFactory)(owner=user, **state)
    return job


async def ticket_for(user: User) -> str:
    ticket, _ = await sync_to_async(issue_ticket)(user=user, key=None)
    return ticket


async def session_of(user: User) -> tuple[bytes, bytes]:
    def sign_in() -> str:
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser.cookies[settings.SESSION_COOKIE_NAME].value

    cookie = await sync_to_async(sign_in)()
    return (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())


def socket(path: str, *headers: tuple[bytes, bytes]) -> WebsocketCommunicator:
    return WebsocketCommunicator(websocket_application, path, headers=[HOST, *headers])


async def close_code(communicator: WebsocketCommunicator) -> int:
    """The code that the server closes with, before any message."""
    accepted, _ = await communicator.connect(timeout=30)
    assert accepted
    event = await communicator.receive_output(timeout=30)
    assert event["type"] == "websocket.close"
    await communicator.disconnect(timeout=30)
    return int(event["code"])


async def opened(path: str, user: User) -> WebsocketCommunicator:
    communicator = socket(f"{path}?ticket={await ticket_for(user)}")
    accepted, _ = await communicator.connect(timeout=30)
    assert accepted
    return communicator


async def test_job_socket_tells_the_present_state(user: User) -> None:
    job = await job_for(user, running=True, step=1)

    communicator = await opened(f"/ws/jobs/{job.id}/", user)

    message = await communicator.receive_json_from(timeout=30)
    eta = message.pop("eta_seconds")
    assert message == {
        "type": "job",
        "id": str(job.id),
        "status": "running",
        "step": 1,
        "steps": 4,
        "fraction": 0.25,
        "queue_position": None,
        "preview": None,
        "outputs": [],
        "error": None,
    }
    assert eta >= 0
    await communicator.disconnect()


async def test_job_socket_follows_progress_and_the_end(user: User) -> None:
    job = await job_for(user, running=True)
    communicator = await opened(f"/ws/jobs/{job.id}/", user)
    await communicator.receive_json_from(timeout=30)

    job.step = 2
    await sync_to_async(publish)(job, eta_seconds=1.5, preview=b"jpeg")
    progress = await communicator.receive_json_from(timeout=30)
    await sync_to_async(cancel)(job=job)
    end = await communicator.receive_json_from(timeout=30)

    assert (progress["status"], progress["step"], progress["eta_seconds"]) == ("running", 2, 1.5)
    assert progress["preview"] == "data:image/jpeg;base64,anBlZw=="
    assert (end["status"], end["preview"]) == ("cancelled", None)
    await communicator.disconnect()


async def test_failed_job_tells_why(user: User) -> None:
    job = await job_for(user, failed=True)

    communicator = await opened(f"/ws/jobs/{job.id}/", user)

    message = await communicator.receive_json_from(timeout=30)
    assert message["error"] == {"code": "engine_error", "message": "The engine failed.", "retryable": False}
    await communicator.disconnect()


@pytest.mark.parametrize("job_id", ["foreign", "6b0e3f2a-5a35-4c38-8f7d-0c2b6f4b8a11", "x", ".."])
async def test_foreign_and_unknown_jobs_are_closed_alike(user: User, job_id: str) -> None:
    if job_id == "foreign":
        job_id = str((await sync_to_async(JobFactory)()).id)

    assert await close_code(socket(f"/ws/jobs/{job_id}/?ticket={await ticket_for(user)}")) == 4404


async def test_owner_socket_tells_of_all_active_jobs_and_of_new_ones(user: User) -> None:
    queued, running = await job_for(user), await job_for(user, running=True)
    await job_for(user, succeeded=True)
    await sync_to_async(JobFactory)()
    communicator = await opened("/ws/me/", user)

    first, second = [await communicator.receive_json_from(timeout=30) for _ in range(2)]
    assert [(each["id"], each["status"]) for each in (first, second)] == [
        (str(queued.id), "queued"),
        (str(running.id), "running"),
    ]
    assert (first["queue_position"], second["queue_position"]) == (1, None)

    new = await job_for(user)
    await sync_to_async(publish)(new)
    message = await communicator.receive_json_from(timeout=30)
    assert (message["id"], message["queue_position"]) == (str(new.id), 3)
    await communicator.disconnect()


async def test_owner_socket_hears_nothing_of_others(user: User) -> None:
    communicator = await opened("/ws/me/", user)
    foreign = await sync_to_async(JobFactory)(running=True)

    await sync_to_async(publish)(foreign)

    assert await communicator.receive_nothing(timeout=0.5)
    await communicator.disconnect()


async def test_place_in_the_queue_is_told_again_when_it_changes(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "REFRESH_SECONDS", 0.05)
    ahead = await sync_to_async(JobFactory)()
    job = await job_for(user)
    communicator = await opened(f"/ws/jobs/{job.id}/", user)
    assert (await communicator.receive_json_from(timeout=30))["queue_position"] == 2

    await Job.objects.filter(id=ahead.id).adelete()

    async with asyncio.timeout(30):
        while (await communicator.receive_json_from(timeout=30))["queue_position"] != 1:
            pass
    await communicator.disconnect()


async def test_what_clients_send_is_ignored(user: User) -> None:
    job = await job_for(user, running=True)
    communicator = await opened(f"/ws/jobs/{job.id}/", user)
    await communicator.receive_json_from(timeout=30)

    for text in ("{", '{"type": "job.event", "status": "failed"}', "x" * 100_000):
        await communicator.send_to(text_data=text)
    await communicator.send_to(bytes_data=b"\xff" * 1000)

    assert await communicator.receive_nothing(timeout=0.3)
    await sync_to_async(publish)(job)
    assert (await communicator.receive_json_from(timeout=30))["status"] == "running"
    await communicator.disconnect()


async def test_leaving_ends_the_subscription(user: User) -> None:
    job = await job_for(user)
    communicator = await opened(f"/ws/jobs/{job.id}/", user)
    await communicator.receive_json_from(timeout=30)
    layer = get_channel_layer()
    assert layer.groups

    await communicator.disconnect()

    assert not layer.groups


class TestCredentials:
    async def test_session_with_the_own_origin(self, user: User) -> None:
        job = await job_for(user)
        communicator = socket(f"/ws/jobs/{job.id}/", OWN_ORIGIN, await session_of(user))

        accepted, _ = await communicator.connect(timeout=30)

        assert accepted
        assert (await communicator.receive_json_from(timeout=30))["id"] == str(job.id)
        await communicator.disconnect()

    @pytest.mark.parametrize(
        "origin",
        [[], [(b"origin", b"http://evil.test")], [(b"origin", b"null")], [(b"origin", b"http://atelier.test:81")]],
    )
    async def test_session_with_another_origin(self, user: User, origin: list[tuple[bytes, bytes]]) -> None:
        communicator = socket("/ws/me/", *origin, await session_of(user))

        accepted, _ = await communicator.connect(timeout=30)

        assert not accepted

    async def test_no_credentials(self, user: User) -> None:
        job = await job_for(user)

        assert await close_code(socket(f"/ws/jobs/{job.id}/", OWN_ORIGIN)) == 4401

    async def test_ticket_opens_one_socket(self, user: User) -> None:
        ticket = await ticket_for(user)
        first = socket(f"/ws/me/?ticket={ticket}")
        accepted, _ = await first.connect(timeout=30)
        assert accepted
        assert await first.receive_nothing(timeout=0.3)
        await first.disconnect()

        assert await close_code(socket(f"/ws/me/?ticket={ticket}")) == 4401

    @pytest.mark.parametrize("ticket", ["x", "%ff", "x" * 5000])
    async def test_ticket_that_nobody_made(self, user: User, ticket: str) -> None:
        assert await close_code(socket(f"/ws/me/?ticket={ticket}")) == 4401

    async def test_wrong_ticket_is_not_saved_by_a_session(self, user: User) -> None:
        communicator = socket("/ws/me/?ticket=x", (b"origin", b"http://evil.test"), await session_of(user))

        assert await close_code(communicator) == 4401

    async def test_inactive_user(self, user: User) -> None:
        ticket = await ticket_for(user)
        await User.objects.filter(pk=user.pk).aupdate(is_active=False)

        assert await close_code(socket(f"/ws/me/?ticket={ticket}")) == 4401


class TestTickets:
    def test_two_at_once_is_one(self, redis_server: str) -> None:
        user = UserFactory()
        ticket, _ = issue_ticket(user=user, key=None)

        assert [redeem_ticket(ticket=ticket) for _ in range(2)] == [user, None]

    def test_redis_holds_no_usable_ticket_and_forgets_it(self, redis_server: str) -> None:
        import redis

        ticket, _ = issue_ticket(user=UserFactory(), key=None)
        with redis.Redis.from_url(redis_server) as client:
            (name,) = client.keys("atelier:ticket:*")
            assert ticket.encode() not in name + (client.get(name) or b"")
            assert 50 < client.ttl(name) <= 60
            client.delete(name)

        assert redeem_ticket(ticket=ticket) is None

    def test_ticket_dies_with_its_key(self) -> None:
        user = UserFactory()
        key, _ = create_api_key(owner=user, name="test")
        ticket, _ = issue_ticket(user=user, key=key)
        revoke_api_key(key=ApiKey.objects.get())

        assert redeem_ticket(ticket=ticket) is None


def test_states_of_events_are_those_of_rows() -> None:
    # Consumers compare events with these words.
    assert (Status.RUNNING.value, Status.QUEUED.value) == ("running", "queued")

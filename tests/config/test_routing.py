"""Who may open a websocket."""

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.test import Client

from config.asgi import application
from config.routing import OriginOrTicket, own_origin
from tests.factories.accounts import UserFactory


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://atelier.example", "atelier.example", True),
        ("HTTP://Atelier.Example", "atelier.example", True),
        ("https://public.example", "internal:8000", True),
        ("", "127.0.0.1:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("null", "null", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000", False),
        ("http://user@127.0.0.1:8000", "127.0.0.1:8000", False),
        ("file://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://[", "127.0.0.1:8000", False),
        ("http://", "", False),
    ],
)
def test_own_origin(origin: str, host: str, own: bool, settings: Any) -> None:
    settings.PUBLIC_URL = "https://public.example"

    assert own_origin(origin.encode(), host.encode()) is own


async def seen_by_consumer(query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any] | None:
    """The scope that reaches the consumer; None where the socket was refused before it."""
    seen: list[dict[str, Any]] = []

    async def consumer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope)
        await receive()
        await send({"type": "websocket.accept"})

    socket = WebsocketCommunicator(OriginOrTicket(consumer), f"/ws/me/{query}", headers=headers)
    connected, _ = await socket.connect()
    assert connected == bool(seen)
    return seen[0] if seen else None


HOST, COOKIE = (b"host", b"a.example"), (b"cookie", b"sessionid=x")


@pytest.mark.parametrize("origin", [[], [(b"origin", b"null")], [(b"origin", b"http://evil.example")]])
async def test_foreign_or_missing_origin_needs_a_ticket(origin: list[tuple[bytes, bytes]]) -> None:
    assert await seen_by_consumer("", [HOST, COOKIE, *origin]) is None
    assert await seen_by_consumer("?ticket=", [HOST, COOKIE, *origin]) is None

    scope = await seen_by_consumer("?ticket=abc", [HOST, COOKIE, *origin])

    assert scope is not None
    assert not [value for name, value in scope["headers"] if name == b"cookie"], "the session must not count"


async def test_own_origin_keeps_the_session() -> None:
    scope = await seen_by_consumer("", [HOST, COOKIE, (b"origin", b"http://a.example")])

    assert scope is not None
    assert COOKIE in scope["headers"]


@pytest.mark.django_db(transaction=True)
async def test_unknown_path_is_refused_without_a_crash() -> None:
    socket = WebsocketCommunicator(application, "/ws/nothing/", headers=[HOST, (b"origin", b"http://a.example")])

    connected, _ = await socket.connect()

    assert not connected


@pytest.mark.django_db(transaction=True)
def test_signed_in_page_opens_its_socket() -> None:
    from asgiref.sync import async_to_sync

    client = Client()
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    cookie = (
        f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}".encode()
    )

    async def connect(origin: bytes) -> bool:
        headers = [HOST, (b"cookie", cookie), (b"origin", origin)]
        socket = WebsocketCommunicator(application, "/ws/me/", headers=headers)
        connected, _ = await socket.connect(timeout=30)
        await socket.disconnect()
        return bool(connected)

    assert async_to_sync(connect)(b"http://a.example")
    assert not async_to_sync(connect)(b"http://evil.example")

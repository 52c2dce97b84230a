"""Streamed answers to clients that read slowly, or not at all."""

import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.support.children import die_with_parent

MIB = 2**20
PIECES = 100

# Streams pieces of 1 MiB at "/", and says at "/state" how many it has sent and how many answers have ended.
_PROGRAM = textwrap.dedent(
    f"""
    import sys
    import django; django.setup()
    from operations.body_limits import BodyLimits
    from operations.web_server import WebServer

    sent, ended = 0, 0

    async def application(scope, receive, send):
        global sent, ended
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        if scope["path"] == "/state":
            await send({{"type": "http.response.body", "body": f"{{sent}} {{ended}}".encode()}})
            return
        try:
            for _ in range({PIECES}):
                await send({{"type": "http.response.body", "body": bytes({MIB}), "more_body": True}})
                sent += 1
            await send({{"type": "http.response.body", "body": b"end"}})
        finally:
            ended += 1

    limits = BodyLimits(1000, 1000, 1000, 1000)
    WebServer(application, host="127.0.0.1", port=int(sys.argv[1]), body_limits=limits).run()
    """
)


@pytest.fixture
def port() -> Iterator[int]:
    """A server of that application."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(number)], preexec_fn=die_with_parent())
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield number
    process.terminate()
    process.wait(30)


@pytest.fixture
def client(port: int) -> Iterator[HTTPConnection]:
    """A connection to that server."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        yield connection


def _state(port: int) -> tuple[int, int]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/state")
    sent, ended = connection.getresponse().read().split()
    connection.close()
    return int(sent), int(ended)


def _settled(port: int) -> tuple[int, int]:
    """The state when it has not changed for a second."""
    before = None
    while (state := _state(port)) != before:
        before = state
        time.sleep(1)
    return state


def test_answer_waits_for_a_client_that_does_not_read(client: HTTPConnection, port: int) -> None:
    client.request("GET", "/")

    # What fits into the kernel's buffers has gone, the rest has not been made.
    sent, ended = _settled(port)
    assert sent < PIECES / 2
    assert ended == 0

    body = client.getresponse().read()
    assert len(body) == PIECES * MIB + 3
    assert body.endswith(b"end")
    assert _settled(port) == (PIECES, 1)


def test_connection_is_used_again_after_a_streamed_answer(client: HTTPConnection) -> None:
    for _ in range(2):
        client.request("GET", "/")
        assert len(client.getresponse().read()) == PIECES * MIB + 3


def test_answer_ends_when_its_client_goes_away(client: HTTPConnection, port: int) -> None:
    client.request("GET", "/")
    assert _settled(port)[1] == 0

    client.close()

    deadline = time.monotonic() + 60
    while _state(port)[1] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)

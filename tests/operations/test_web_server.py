"""The web process alone: bodies refused while they arrive, slow clients, frames, its log, its memory."""

import asyncio
import hashlib
import io
import json
import socket
from collections.abc import Iterator

import httpx
import psutil
import pytest
from PIL import Image
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from websockets.asyncio.client import connect

from operations.body_limits import BodyLimits
from operations.web_server import BoundedFactory
from tests.support.processes import RunningAtelier

_PROCESSES = [pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def web() -> Iterator[RunningAtelier]:
    """Atelier without a worker: nothing here makes a job."""
    with_web = RunningAtelier(environment={"WORKERS": "0"})
    try:
        with_web.start(wait=False)
        with_web.wait_for_log("The page is at", seconds=90)
        yield with_web
    finally:
        with_web.close()


def exchange(web: RunningAtelier, data: bytes) -> bytes:
    """Send `data` as it stands and return everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
        connection.sendall(data)
        answer = b""
        while received := connection.recv(65_536):
            answer += received
        return answer


def head(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


class TestBrokenAnswers:
    pytestmark = _PROCESSES

    def test_answer_whose_bytes_are_lost_is_broken_off_each_time(self, web: RunningAtelier) -> None:
        headers = {"Authorization": f"Bearer {web.create_key('ada', 'read', 'generate')}"}
        noise, picture = Image.effect_noise((1600, 1600), 100), io.BytesIO()
        noise.save(picture, "PNG", compress_level=0)
        contents = f"{web.base_url}/api/v1/contents"
        content = httpx.post(contents, headers=headers, files={"file": picture.getvalue()}, timeout=60).json()
        stored = httpx.get(f"{contents}/{content['cid']}/raw", headers=headers, timeout=60).content
        last = stored[-(len(stored) % 2**20) :]
        name = hashlib.sha256(last).hexdigest()
        (web.data_dir / "blocks" / name[:2] / name).unlink()

        for path in (f"/{content['cid']}/raw", "/export", f"/{content['cid']}/raw"):
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                httpx.get(f"{contents}{path}", headers=headers, timeout=30)
        assert httpx.get(f"{contents}/{content['cid']}", headers=headers, timeout=30).status_code == 200


class TestBodies:
    pytestmark = _PROCESSES

    @pytest.mark.parametrize(
        ("path", "length", "body"),
        [
            ("/generate", 1_000_001, {"error": "The request body is larger than the 1 MB that this path takes."}),
            ("/analyze", 40_000_001, {"error": "The request body is larger than the 40 MB that this path takes."}),
            ("/generate", 10**18, {"error": "The request body is larger than the 1 MB that this path takes."}),
        ],
    )
    def test_declared_length_is_refused_before_the_body_comes(
        self, web: RunningAtelier, path: str, length: int, body: dict[str, str]
    ) -> None:
        with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
            connection.sendall(head(path, "Content-Type: application/json", f"Content-Length: {length}"))
            answer = b""
            while received := connection.recv(65_536):  # The server ends its side: the loop ends.
                answer += received

        status, _, rest = answer.partition(b"\r\n")
        assert status == b"HTTP/1.1 413 Content Too Large"
        assert json.loads(rest.partition(b"\r\n\r\n")[2]) == body

    def test_problem_is_in_the_form_of_the_surface(self, web: RunningAtelier) -> None:
        native = httpx.post(web.base_url + "/api/v1/keys", content=b"x" * 1_500_000)
        openai = httpx.post(web.base_url + "/v1/chat/completions", content=b"x" * 41_000_000)

        assert (native.status_code, native.headers["content-type"]) == (413, "application/problem+json")
        assert native.json()["code"] == "too_large"
        assert openai.status_code == 413
        assert openai.json()["error"]["code"] == "too_large"

    def test_person_who_sent_a_form_sees_a_page(self, web: RunningAtelier) -> None:
        files = {"image": ("large.png", b"x" * 41_000_000, "image/png")}
        answer = httpx.post(web.base_url + "/", files=files, headers={"Accept": "text/html,*/*;q=0.8"})

        assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
        assert "This is too large" in answer.text

    def test_chunked_body_is_refused_while_it_arrives(self, web: RunningAtelier) -> None:
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        sent = 0
        with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
            connection.sendall(head("/generate", "Content-Type: application/json", "Transfer-Encoding: chunked"))
            connection.settimeout(0.05)
            answer = b""
            while not answer and sent < 50_000_000:
                connection.settimeout(60)
                connection.sendall(chunk)
                sent += 65_536
                connection.settimeout(0.01)
                try:
                    answer = connection.recv(65_536)
                except TimeoutError:
                    continue

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert sent < 2_000_000

    def test_body_beside_its_declared_length_is_no_second_request(self, web: RunningAtelier) -> None:
        smuggled = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        answer = exchange(web, head("/generate", f"Content-Length: {2_000_000}") + smuggled)

        assert answer.count(b"HTTP/1.1 ") == 1

    def test_expectation_is_answered_with_the_refusal(self, web: RunningAtelier) -> None:
        answer = exchange(web, head("/generate", "Content-Length: 2000000", "Expect: 100-continue"))

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"100 Continue" not in answer

    def test_body_below_the_limit_reaches_authentication(self, web: RunningAtelier) -> None:
        body = json.dumps({"kind": "image_to_image", "params": {"image": "x" * 20_000_000}}).encode()

        answer = httpx.post(web.base_url + "/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 401

    def test_memory_stays_flat_under_large_bodies(self, web: RunningAtelier) -> None:
        process = psutil.Process(web.children()["web"])
        body = b"x" * 50_000_000
        before = process.memory_info().rss

        statuses = [httpx.post(web.base_url + path, content=body).status_code for path in ("/generate", "/analyze") * 3]

        assert statuses == [413] * 6
        assert process.memory_info().rss - before < 30_000_000


class TestConnections:
    pytestmark = _PROCESSES

    def test_clients_cannot_set_the_root_path(self, web: RunningAtelier) -> None:
        answer = httpx.get(web.base_url + "/accounts/login/", headers={"Daphne-Root-Path": "/elsewhere"})

        assert answer.status_code == 200
        assert "/elsewhere" not in answer.text

    def test_bad_header_is_refused_without_html(self, web: RunningAtelier) -> None:
        answer = exchange(web, b"GET /health HTTP/1.1\r\nHost: localhost\r\nA{b: c\r\nConnection: close\r\n\r\n")

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"<html" not in answer

    def test_log_holds_no_signature(self, web: RunningAtelier) -> None:
        httpx.get(web.base_url + "/output/generated_image/none.png?s=very-secret")

        assert "very-secret" not in web.wait_for_log("GET /output/generated_image/none.png")

    def test_web_process_is_small_and_knows_no_torch(self, web: RunningAtelier) -> None:
        process = psutil.Process(web.children()["web"])

        assert not [entry.path for entry in process.memory_maps() if "libtorch" in entry.path]
        assert process.memory_info().rss <= 150_000_000

    async def test_large_websocket_message_closes_the_socket(self, web: RunningAtelier) -> None:
        key = await asyncio.to_thread(web.create_key, "ada")
        async with httpx.AsyncClient(base_url=web.base_url, headers=web.headers(key)) as client:
            ticket = (await client.post("/api/v1/tickets")).json()["ticket"]
        address = f"ws://127.0.0.1:{web.port}/ws/me/?ticket={ticket}"

        async with connect(address, proxy=None) as websocket:
            await websocket.send("x" * 2_000_000)
            await websocket.wait_closed()

        # Too big; or the reset of a connection on which the server read no further came before that word.
        assert websocket.close_code in (1009, 1006)


class Listening:
    """What a factory needs of Daphne's server, where no request gets as far as the application."""

    body_limits = BodyLimits(plain=100, json_with_image=100, one_image=100, several_images=100)

    def protocol_connected(self, protocol: object) -> None: ...
    def protocol_disconnected(self, protocol: object) -> None: ...


class TestSlowClients:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def transport(self) -> StringTransport:
        return StringTransport()

    def open(self, clock: Clock, transport: StringTransport) -> "object":
        factory = BoundedFactory(Listening())
        factory.reactor = clock
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(transport)
        return protocol

    def test_headers_that_trickle_are_cut_off(self, clock: Clock, transport: StringTransport) -> None:
        protocol = self.open(clock, transport)
        for byte in b"GET / HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaa":
            protocol.dataReceived(bytes([byte]))  # type: ignore[attr-defined]
            clock.advance(1)

        assert transport.disconnecting

    def test_body_may_take_longer_than_headers_but_not_forever(self, clock: Clock, transport: StringTransport) -> None:
        protocol = self.open(clock, transport)
        protocol.dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n")  # type: ignore[attr-defined]
        for _ in range(9):
            clock.advance(60)
            protocol.dataReceived(b"x")  # type: ignore[attr-defined]
        assert not transport.disconnecting

        clock.advance(70)

        assert transport.disconnecting

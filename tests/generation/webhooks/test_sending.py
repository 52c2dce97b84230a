"""One try against real receivers: what they answer, and how far a bad one gets."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from generation.webhooks import sending
from generation.webhooks.errors import NotDelivered
from generation.webhooks.sending import post
from tests.generation.webhooks.test_addresses import FORBIDDEN
from tests.support.processes import free_port
from tests.support.receiver import RawReceiver, Receiver, drip, self_signed_certificate, status
from tests.support.resolver import StubResolver

SHORT_SECONDS = 1.0
# Until a try has ended on a busy machine; its receivers would hold it for longer.
PATIENCE_SECONDS = 30.0


@pytest.fixture
def _short_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TRY_SECONDS", SHORT_SECONDS)


def send(url: str, body: bytes = b"{}") -> int:
    return post(url, body=body, headers={"content-type": "application/json", "webhook-id": "1"})


def refusal(url: str, body: bytes = b"{}") -> str:
    with pytest.raises(NotDelivered) as refused:
        send(url, body)
    return refused.value.message


@pytest.mark.usefixtures("loopback_allowed")
class TestAnswers:
    def test_message_arrives_as_it_was_sent(self, receiver: Receiver) -> None:
        assert send(receiver.url, b'{"id": 1}') == 204

        (message,) = receiver.messages
        assert (message.path, message.body) == ("/hook?user=7", b'{"id": 1}')
        assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert (message.headers["content-length"], message.headers["content-type"]) == ("9", "application/json")
        assert message.headers["webhook-id"] == "1"

    @pytest.mark.parametrize("code", [200, 299, 400, 404, 410, 429, 500, 503])
    def test_status_is_told(self, receiver: Receiver, code: int) -> None:
        receiver.answer = status(code)

        assert send(receiver.url) == code

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_redirect_is_not_followed(self, receiver: Receiver, code: int) -> None:
        with Receiver() as elsewhere:
            receiver.answer = status(code, Location=elsewhere.url)

            assert send(receiver.url) == code

        assert elsewhere.messages == []
        assert len(receiver.messages) == 1

    def test_proxy_of_the_environment_is_not_used(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        with Receiver() as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)

            assert send(receiver.url) == 204

        assert proxy.messages == []

    def test_nobody_listens(self) -> None:
        assert refusal(f"http://127.0.0.1:{free_port()}/") == "No connection could be made: Connection refused."

    def test_certificate_that_nobody_vouches_for(self, tmp_path: Path) -> None:
        with Receiver(tls=self_signed_certificate(tmp_path)) as receiver:
            sentence = refusal(receiver.url)

        assert sentence.startswith("No connection could be made: the certificate is not valid (self")
        assert receiver.messages == []

    def test_tls_where_none_is_spoken(self, receiver: Receiver) -> None:
        sentence = refusal(receiver.url.replace("http://", "https://"))

        assert sentence == "No connection could be made: TLS could not be agreed on."

    @pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9\r\n\r\n", b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n"])
    def test_answer_that_is_no_http(self, answer: bytes) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(answer)

        with RawReceiver(serve) as receiver:
            assert refusal(receiver.url) == "The connection ended without a valid HTTP answer."

    def test_huge_body_is_left_unread(self, receiver: Receiver) -> None:
        sent = 0

        def gush(handler: BaseHTTPRequestHandler) -> None:
            nonlocal sent
            handler.send_response(200)
            handler.send_header("Content-Length", str(2**40))
            handler.end_headers()
            while not receiver.closing.is_set():
                handler.wfile.write(bytes(65_536))
                sent += 65_536

        receiver.answer = gush

        assert send(receiver.url) == 200
        # What fits into the buffers of the two sockets.
        assert sent < 64_000_000

    def test_huge_headers_are_refused(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not closing.is_set():
                connection.sendall(b"x: " + b"y" * 8000 + b"\r\n")

        with RawReceiver(serve) as receiver:
            assert refusal(receiver.url) == "The connection ended without a valid HTTP answer."

    def test_body_that_breaks_off_after_the_status(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        with RawReceiver(serve) as receiver:
            assert send(receiver.url) == 200


@pytest.mark.usefixtures("loopback_allowed", "_short_try")
class TestSlowReceivers:
    """None holds a sender for longer than a try may take."""

    SENTENCE = "There was no answer within 1 seconds."

    def assert_ends_in_time(self, url: str, body: bytes = b"{}") -> None:
        started = time.monotonic()

        assert refusal(url, body) == self.SENTENCE

        assert time.monotonic() - started < PATIENCE_SECONDS

    def test_no_answer_at_all(self, receiver: Receiver) -> None:
        receiver.answer = receiver.hang

        self.assert_ends_in_time(receiver.url)

    @pytest.mark.parametrize("text", [b"HTTP/1.1 200 OK\r\nx: yyyy", b"HTTP/1.1 100 Continue\r\n\r\n"])
    def test_answer_that_drips(self, text: bytes) -> None:
        with RawReceiver(drip(text, 0.02)) as receiver:
            self.assert_ends_in_time(receiver.url)

    def test_body_that_is_not_read(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            closing.wait(60)

        with RawReceiver(serve) as receiver:
            self.assert_ends_in_time(receiver.url, bytes(50_000_000))

    def test_body_that_is_read_in_drops(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            while not closing.wait(0.05) and connection.recv(2048):
                continue

        with RawReceiver(serve) as receiver:
            self.assert_ends_in_time(receiver.url, bytes(50_000_000))

    def test_handshake_that_is_not_answered(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            closing.wait(60)

        with RawReceiver(serve) as receiver:
            self.assert_ends_in_time(receiver.url.replace("http://", "https://"))

    def test_answer_body_that_drips_is_an_answer(self) -> None:
        def serve(connection: socket.socket, closing: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            drip(b"x", 0.02)(connection, closing)

        started = time.monotonic()
        with RawReceiver(serve) as receiver:
            assert send(receiver.url) == 200
        assert time.monotonic() - started < PATIENCE_SECONDS


class TestForbiddenAddresses:
    """Without WEBHOOK_ALLOWED_NETWORKS: not one connection is opened."""

    NOT_PUBLIC = "has an address that is not public"

    def test_loopback(self, receiver: Receiver, connections_tried: list[str]) -> None:
        for host in ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"):
            assert self.NOT_PUBLIC in refusal(f"http://{host}:{receiver.port}/"), host

        assert (receiver.messages, connections_tried) == ([], [])

    @pytest.mark.parametrize("address", [text for text in FORBIDDEN if "%" not in text])
    def test_name_that_leads_there(self, resolver: StubResolver, connections_tried: list[str], address: str) -> None:
        resolver.names["inside.example"] = [[address]]

        sentence = refusal("http://inside.example/")

        assert self.NOT_PUBLIC in sentence
        assert address not in sentence.replace("inside.example", "")
        assert connections_tried == []

    @pytest.mark.parametrize("other", ["10.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_name_with_one_public_and_one_private_address(
        self, resolver: StubResolver, connections_tried: list[str], other: str
    ) -> None:
        for addresses in (["93.184.216.34", other], [other, "93.184.216.34"]):
            resolver.names["mixed.example"] = [addresses]

            assert self.NOT_PUBLIC in refusal("http://mixed.example/")

        assert connections_tried == []

    def test_name_that_changes_between_the_check_and_the_connection(
        self, receiver: Receiver, resolver: StubResolver, connections_tried: list[str]
    ) -> None:
        resolver.names["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]

        refusal(f"http://rebind.example:{receiver.port}/")

        assert resolver.asked == ["rebind.example"]
        assert connections_tried == ["93.184.216.34"]
        assert receiver.messages == []

    def test_redirect_from_the_allowed_to_the_forbidden(self, receiver: Receiver, settings: Any) -> None:
        settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.1/32")]
        receiver.answer = status(307, Location="http://127.0.0.2/latest/meta-data/")

        assert send(receiver.url) == 307


@pytest.mark.usefixtures("loopback_allowed")
class TestNames:
    def test_name_that_nobody_knows(self, resolver: StubResolver) -> None:
        resolver.names["nowhere.example"] = [[]]

        assert refusal("http://nowhere.example/") == "The host nowhere.example cannot be found."

    @pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", "." * 10])
    def test_name_that_cannot_be(self, resolver: StubResolver, host: str) -> None:
        resolver.names[host] = [["127.0.0.1"]]

        assert "cannot be found" in refusal(f"http://{host}/")

    def test_name_stays_the_host_of_the_request(self, receiver: Receiver, resolver: StubResolver) -> None:
        resolver.names["hooks.example"] = [["127.0.0.1"]]

        assert send(f"http://hooks.example:{receiver.port}/") == 204

        assert receiver.messages[0].headers["host"] == f"hooks.example:{receiver.port}"

    def test_address_that_does_not_answer_is_followed_by_the_next(
        self, receiver: Receiver, resolver: StubResolver, connections_tried: list[str]
    ) -> None:
        # Nobody listens on the first: receivers of these tests listen on 127.0.0.1 alone.
        resolver.names["two.example"] = [["127.0.0.2", "127.0.0.1"]]

        assert send(f"http://two.example:{receiver.port}/") == 204

        assert connections_tried == ["127.0.0.2", "127.0.0.1"]

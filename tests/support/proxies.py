"""Something between Atelier and a server of HTTP on loopback: it looks at requests, changes them, or cuts them off."""

import re
import socket
import threading
from collections.abc import Callable
from typing import Self

# Gives the head of the request that goes on, or an answer (it begins with HTTP/) that comes instead.
Look = Callable[[bytes], bytes]


class Proxy:
    """A TCP port before `target`, one request a connection. All of these may be set at any time:

    - `look` is shown the head of each request.
    - `cut_after`: a request whose body is longer than so many bytes is cut off there, on both sides; None for never.
    - `away`: connections are closed as soon as they are made.
    """

    def __init__(self, target: int, *, look: Look | None = None) -> None:
        self.target = target
        self.look: Look = look or bytes
        self.cut_after: int | None = None
        self.away = False
        self.cuts = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closing = False
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    @property
    def address(self) -> str:
        """What `IPFS_API` is."""
        return f"/ip4/127.0.0.1/tcp/{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        # Wakes `accept`.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            if self._closing or self.away:
                client.close()
                if self._closing:
                    return
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                head, rest = _read_head(client)
                head = self.look(head)
                if head.startswith(b"HTTP/"):
                    client.sendall(head)
                    return
                with socket.create_connection(("127.0.0.1", self.target)) as server:
                    server.sendall(_closing(head))
                    upward = threading.Thread(target=self._send_up, args=(client, server, rest), daemon=True)
                    upward.start()
                    while piece := server.recv(65536):
                        client.sendall(piece)
                    _shut(client)
                    upward.join(5)
            except OSError:
                return

    def _send_up(self, client: socket.socket, server: socket.socket, piece: bytes) -> None:
        sent = 0
        try:
            while True:
                server.sendall(piece)
                sent += len(piece)
                if self.cut_after is not None and sent > self.cut_after:
                    self.cuts += 1
                    _shut(client)
                    _shut(server)
                    return
                piece = client.recv(65536)
                if not piece:
                    return
        except OSError:
            return


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            raise ConnectionError("no request")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _closing(head: bytes) -> bytes:
    """The head of a request after which the server closes the connection."""
    plain = re.sub(rb"(?im)^connection:[^\r\n]*\r\n", b"", head)
    return plain[:-2] + b"Connection: close\r\n\r\n"


def answer(status: str, body: bytes = b"") -> bytes:
    """An HTTP answer, such as `answer("401 Unauthorized")`."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body

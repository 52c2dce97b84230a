"""One try of one message: a POST to an address that was checked, with an end in time and size."""

import logging
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream

from generation.webhooks.addresses import Address, is_allowed, resolve
from generation.webhooks.errors import NotDelivered

logger = logging.getLogger(__name__)

# From the look-up of the name to the end of the answer.
TRY_SECONDS = 10.0
# Nothing of an answer's body is kept; so much is read, for receivers that mind a connection cut short.
_ANSWER_BYTES = 16_384


def post(url: str, *, body: bytes, headers: dict[str, str]) -> int:
    """Send `body` and return the answer's HTTP status. Redirects are answers like any other.

    Raises `NotDelivered` where no answer came within `TRY_SECONDS`, or where the host's addresses are not allowed.
    """
    backend = _CheckedConnections(_Deadline(TRY_SECONDS))
    try:
        with (
            # One connection for one message: nothing of one owner's receiver reaches another's.
            httpcore2.ConnectionPool(network_backend=backend, max_connections=1) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            _read_a_little(response)
            return int(response.status)
    except httpcore2.TimeoutException as error:
        raise NotDelivered(f"There was no answer within {TRY_SECONDS:g} seconds.") from error
    except httpcore2.ConnectError as error:
        raise NotDelivered(f"No connection could be made: {_reason(error)}.") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise NotDelivered("The connection ended without a valid HTTP answer.") from error
    except (ValueError, UnicodeError) as error:  # What no URL can hold, h11 and the socket refuse.
        raise NotDelivered("The address cannot be called.") from error


def _read_a_little(response: httpcore2.Response) -> None:
    read = 0
    try:
        for piece in response.iter_stream():
            read += len(piece)
            if read >= _ANSWER_BYTES:
                return
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        # The status has come: that is the answer.
        logger.debug("The body of an answer to a webhook broke off: %s", error)


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not valid ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return "TLS could not be agreed on"
    return (isinstance(cause, OSError) and cause.strerror) or "the host did not answer"


class _Deadline:
    """A point in time for a whole try: timeouts of single reads would let a slow receiver drip for ever."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0. Raises `httpcore2.ReadTimeout` when none are left."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time for this try is over")
        return left


class _CheckedConnections(NetworkBackend):
    """Connects to addresses only, and only when all addresses of the host are allowed.

    The name is looked up here, once, and what was checked is what is connected to: a name that changes meanwhile
    (DNS rebinding) changes nothing.
    """

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        addresses = self._checked_addresses(host)
        for index, address in enumerate(addresses, start=1):
            # An address that does not answer leaves time for those after it.
            seconds = self._deadline.left() / (len(addresses) - index + 1)
            try:
                stream = self._plain.connect_tcp(str(address), port, seconds, None, socket_options)
                return _TimedStream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if index == len(addresses):
                    raise
        raise httpcore2.ConnectError("the host has no address")

    def _checked_addresses(self, host: str) -> list[Address]:
        try:
            addresses = resolve(host)
        except (socket.gaierror, UnicodeError) as error:
            raise NotDelivered(f"The host {host[:100]} cannot be found.") from error
        refused = [address for address in addresses if not is_allowed(address)]
        if refused:
            # The address is for the operator alone: a name may be known only inside.
            logger.warning("No webhook goes to %s: %s is not public", host, refused[0])
            raise NotDelivered(
                f"The host {host[:100]} has an address that is not public. An operator can allow its network with "
                "WEBHOOK_ALLOWED_NETWORKS."
            )
        return addresses


class _TimedStream(NetworkStream):
    """A connection whose every operation ends at the deadline."""

    def __init__(self, stream: NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The stream's own `write` would begin its time anew with every piece that a slow receiver takes.
        connection, rest = self._stream.get_extra_info("socket"), memoryview(buffer)
        try:
            while rest:
                connection.settimeout(self._deadline.left())
                rest = rest[connection.send(rest) :]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

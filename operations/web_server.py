"""Daphne with bounds: bodies are refused while they arrive, slow clients are cut off, and a stop is orderly."""

import asyncio
import logging
import resource
import time
from typing import Any

# First: it installs the asyncio reactor, which nothing may have done before.
import daphne.server  # isort: skip
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from django.http import HttpResponse
from django.template.loader import render_to_string
from twisted.internet import defer
from twisted.internet import reactor as asyncio_reactor
from twisted.internet.interfaces import IPushProducer
from twisted.protocols.basic import LineReceiver
from twisted.web import http
from zope.interface import implementer

from common.answers import ErrorAnswer, render
from common.logs import request_id
from operations.body_limits import BodyLimits

# Its type says less than it can do.
reactor: Any = asyncio_reactor
access_logger = logging.getLogger("atelier.access")

# A request's line and headers; also how long a connection may idle between requests.
_HEADERS_SECONDS = 30
_BODY_SECONDS = 600
# After a refusal we go on reading for a while, else the client's kernel may throw our answer away (RFC 9112, 9.6).
_LINGER_SECONDS = 10
_LARGEST_WEBSOCKET_MESSAGE = 64 * 1024
_STOP_SECONDS = 3.0
# Connections that wait to be accepted; 1,000 clients may come at once.
_BACKLOG = 2048
_GOING_AWAY = 1001  # RFC 6455, 7.4.1
# Asked for all the time, by machines.
_QUIET_PATHS = ("/static/", "/health", "/metrics")
# Pages whose form may carry a file.
_FORMS_WITH_FILES = ("/", "/models")
_CODES = {400: "bad_request", 500: "internal_error", 503: "unavailable"}


class BoundedChannel(http.HTTPChannel):
    """One connection. Twisted's timeout starts anew with every byte; these do not."""

    def dataReceived(self, data: bytes) -> None:
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:
        self.setTimeout(_BODY_SECONDS)
        super().allHeadersReceived()

    def requestDone(self, request: Any) -> None:
        super().requestDone(request)
        if not self._handlingRequest:
            self.setTimeout(_HEADERS_SECONDS)


@implementer(IPushProducer)
class Flow:
    """Whether a connection takes more: its transport calls this when its buffer is full, empty or gone."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    async def wait(self) -> None:
        """Return when more may be written, or when nobody reads any more."""
        await self._open.wait()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        self._open.set()


class BoundedRequest(WebRequest):
    """One request. Its body is counted as it arrives and refused when it is, or claims to be, over the limit."""

    # Twisted would parse forms too, all in memory, for nobody.
    _parsePOSTFormSubmission = False
    content: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit = 0
        self._received = 0
        self._refused = False
        self.flow = Flow()

    def gotLength(self, length: int | None) -> None:
        """All headers are there. `length` is the declared one, None for a chunked body."""
        # Daphne believes this header whoever sends it; it would prefix every URL that we make.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        content_type = self.requestHeaders.getRawHeaders(b"content-type", [b""])[0]
        self._limit = self.server.body_limits.limit_for(self.channel._path, content_type)
        if length is not None and length > self._limit:
            self._refuse()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        """The next piece of the body."""
        self._received += len(data)
        if not self._refused and self._received > self._limit:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The body is complete."""
        if not self._refused:
            super().requestReceived(command, path, version)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Send a part of the answer."""
        if message.get("more_body") and self.producer is None and self.channel is not None:
            self.registerProducer(self.flow, True)
        elif message["type"] == "http.response.body" and not message.get("more_body") and self.producer is not None:
            self.unregisterProducer()
        super().handle_reply(message)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own failures, in the form of the surface instead of HTML."""
        headers = {"Retry-After": "10"} if status == 503 else {}
        answer = render(
            ErrorAnswer(status, _CODES.get(status, "error"), body, headers=headers), self.path.decode("latin1")
        )
        sent = [(name.encode("latin1"), value.encode("latin1")) for name, value in answer.items()]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": sent})
        self.handle_reply({"type": "http.response.body", "body": answer.content})

    def handle_exception(self, exception: BaseException) -> None:
        """The application failed. An answer that had begun is broken off: a proper end would pass for the whole.

        Daphne would begin a second answer here. The error of that ends its own look after applications for good, and
        the client waits without end.
        """
        if not self._response_started:
            super().handle_exception(exception)
        elif self.channel is not None:
            self.channel.transport.abortConnection()

    def _refuse(self) -> None:
        """Answer 413, say that nothing more will be sent, and let what still arrives fall on the floor."""
        self._refused = True
        channel = self.channel
        if self.content is not None:
            self.content.close()
            self.content = None
        self.requestHeaders.removeHeader(b"expect")
        channel.persistent = False
        path = channel._path.partition(b"?")[0].decode("latin1")
        message = f"The request body is larger than the {self._limit / 1e6:g} MB that this path takes."
        answer = self._refusal(path, message)
        answer["Content-Length"] = str(len(answer.content))
        answer["Connection"] = "close"
        head = b"HTTP/1.1 413 Content Too Large\r\n" + answer.serialize_headers() + b"\r\n\r\n"
        transport = channel.transport
        transport.write(head + (b"" if channel._command == b"HEAD" else answer.content))
        transport.loseWriteConnection()
        channel.setTimeout(None)
        closing = reactor.callLater(_LINGER_SECONDS, transport.abortConnection)
        self.notifyFinish().addErrback(lambda _: closing.cancel() if closing.active() else None)
        access_logger.info("%s %s 413 refused after %d bytes", channel._command.decode("latin1"), path, self._received)

    def _refusal(self, path: str, message: str) -> HttpResponse:
        """A page for a person who sent one of our forms, else what programs read."""
        answer = ErrorAnswer(413, "too_large", message)
        accepted = self.requestHeaders.getRawHeaders(b"accept") or [b""]
        if path in _FORMS_WITH_FILES and b"text/html" in accepted[0]:
            return HttpResponse(render_to_string("error.html", {"answer": answer}), status=answer.status)
        return render(answer, path)


class BoundedFactory(HTTPFactory):
    """Makes the connections."""

    def protocol(self) -> Any:
        return http._GenericHTTPChannelProtocol(BoundedChannel())

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        protocol.timeOut = _HEADERS_SECONDS
        return protocol


class WebServer(daphne.server.Server):
    """Serves `application` on `host`:`port` until SIGTERM or SIGINT."""

    def __init__(self, application: Any, *, host: str, port: int, body_limits: BodyLimits) -> None:
        interface = host.replace(":", r"\:")
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={interface}:backlog={_BACKLOG}"],
            action_logger=log_access,
            websocket_max_message_size=_LARGEST_WEBSOCKET_MESSAGE,
            websocket_max_frame_size=_LARGEST_WEBSOCKET_MESSAGE,
            server_name="",
        )
        self.body_limits = body_limits
        self.failure = ""
        self._ports: list[Any] = []

    def run(self) -> None:
        """Serve until told to stop."""
        # Daphne makes the factory inside `run` and has no hook for another.
        daphne.server.HTTPFactory = BoundedFactory
        super().run()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send a message of the application, which goes on when the client has room for the next.

        Daphne does not wait: to a slow client it would hold whole files in memory.
        """
        await super().handle_reply(protocol, message)
        if message.get("more_body") and isinstance(protocol, BoundedRequest):
            await protocol.flow.wait()

    def listen_success(self, port: Any) -> None:
        """Listening on one endpoint."""
        self._ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        """Nobody can listen there: end with a reason."""
        self.failure = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> Any:
        """Called once when the stop begins; the reactor goes on until the result is there."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        """Accept nobody, let requests end for a moment, then end what still waits with 503 and a clean close."""
        for port in self._ports:
            await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())
        deadline = time.monotonic() + _STOP_SECONDS
        while self._running(WebRequest) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        applications = self._running(WebRequest) | self._running(WebSocketProtocol)
        for protocol in applications:
            if isinstance(protocol, WebSocketProtocol):
                protocol.serverClose(code=_GOING_AWAY)
            elif not protocol._response_started:
                protocol.basic_error(503, b"", "Atelier is restarting. Try again shortly.")
        for application in applications.values():
            application.cancel()
        await asyncio.gather(*applications.values(), return_exceptions=True)
        # What was just written leaves through the event loop.
        await asyncio.sleep(0.1)

    def _running(self, kind: type) -> dict[Any, "asyncio.Future[None]"]:
        """The applications that have not ended, by their connection."""
        return {
            protocol: details["application_instance"]
            for protocol, details in self.connections.items()
            if isinstance(protocol, kind)
            and "application_instance" in details
            and not details["application_instance"].done()
        }


def log_access(protocol: Any, action: str, details: dict[str, Any]) -> None:
    """One line for each request and websocket. Secrets in URLs are redacted by the handler's filter (`common.logs`)."""
    kind = details.get("method", "WS")
    path = details["path"]
    level = logging.DEBUG if path.startswith(_QUIET_PATHS) or action == "connecting" else logging.INFO
    if not access_logger.isEnabledFor(level):
        return
    headers = getattr(protocol, "responseHeaders", None)
    identifiers = headers.getRawHeaders(b"x-request-id") if headers is not None else None
    token = request_id.set(identifiers[0].decode("latin1") if identifiers else "-")
    try:
        if action == "complete":
            action = f"{details['status']} {details['size']} bytes {details['time_taken'] * 1000:.0f} ms"
        access_logger.log(level, "%s %s %s %s", kind, path, action, details.get("client") or "-")
    finally:
        request_id.reset(token)


def allow_many_connections() -> None:
    """Raise the limit of open files to what this process may have: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

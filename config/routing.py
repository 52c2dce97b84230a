"""Websockets: who may open one, and which consumer serves it."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import re_path

from generation.routing import websocket_urlpatterns

Application = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[Any]]


class OriginOrTicket:
    """Refuses a websocket (403) unless a page of this site opens it, or it names a ticket.

    A browser sends the session's cookie along whichever page opens the socket, so the session counts only with the
    site's own Origin; a ticket is proof in itself, and with a foreign Origin the cookie is taken away.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> Any:
        headers = dict(scope["headers"])
        if not own_origin(headers.get(b"origin", b""), headers.get(b"host", b"")):
            if not parse_qs(scope["query_string"].decode("latin-1")).get("ticket"):
                return await WebsocketDenier()(scope, receive, send)
            scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}
        return await self.application(scope, receive, send)


def own_origin(origin: bytes, host: bytes) -> bool:
    """Whether an Origin header names this site: `PUBLIC_URL`, or the host that the request itself went to."""
    named, here = origin.decode("latin-1").lower(), host.decode("latin-1").lower()
    if not named or not here:
        return False
    return named in (f"http://{here}", f"https://{here}", settings.PUBLIC_URL.lower())


async def not_found(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """A websocket path that nothing serves."""
    await WebsocketDenier()(scope, receive, send)


# A consumer is an ASGI application; the stubs of re_path know views only.
_everything_else = re_path("", not_found)  # type: ignore[arg-type]
websocket_application = OriginOrTicket(AuthMiddlewareStack(URLRouter([*websocket_urlpatterns, _everything_else])))

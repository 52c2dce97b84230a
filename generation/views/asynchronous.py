"""DRF views with an asynchronous end: a synchronous half that does what DRF does, then an await that holds nothing.

DRF has no asynchronous views. Here its whole way (authenticate, throttle, validate, call a service) runs in the
request's thread, which closes its database connections; what follows is a coroutine.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.database import release_connections

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T], *, shared: bool = False) -> Callable[P, Awaitable[T]]:
    """`function` as a coroutine function that leaves no database connection open.

    Under ASGI, and with `shared` everywhere, one of the event loop's small pool of threads runs it: a request's own
    thread, which idles while the request waits, would keep the stack that DRF's calls have grown. Elsewhere (Django's
    test client) it runs in the caller's thread, and with the caller's connection.
    """

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        finally:
            release_connections()

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        under_asgi = SyncToAsync.thread_sensitive_context.get(None) is not None
        return await sync_to_async(run, thread_sensitive=not (shared or under_asgi))(*args, **kwargs)

    return call


class Later(HttpResponse):
    """What a handler of an `AsyncAPIView` returns to go on in a coroutine: `finish` makes the real response."""

    def __init__(self, finish: Callable[[], Awaitable[HttpResponseBase]]) -> None:
        super().__init__()
        self.finish = finish


class AsyncAPIView(APIView):
    """An `APIView` whose handlers may return `Later`."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:  # type: ignore[override]
        first_half = in_thread(super().as_view(**initkwargs))

        async def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = await first_half(request, *args, **kwargs)
            return await response.finish() if isinstance(response, Later) else response

        # What DRF sets, for drf-spectacular and the CSRF middleware (DRF checks CSRF itself, for sessions).
        view.cls = cls  # type: ignore[attr-defined]
        view.initkwargs = initkwargs  # type: ignore[attr-defined]
        view.csrf_exempt = True  # type: ignore[attr-defined]
        return view

    def last_half(self, answer: Callable[[], HttpResponseBase]) -> Callable[[], Awaitable[HttpResponseBase]]:
        """`answer` as the last half of this request: in its thread, with DRF's handling of errors and headers."""

        def run() -> HttpResponseBase:
            try:
                response = answer()
            except Exception as error:
                response = self.handle_exception(error)
            response = self.finalize_response(self.request, response)  # type: ignore[arg-type]
            if isinstance(response, Response):
                response.render()
            return response

        return in_thread(run)


class IgnoreAccept(BaseContentNegotiation):
    """JSON whatever `Accept` says: for views whose proper answer is not JSON, so that only errors are rendered."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return next((parser for parser in parsers if request.content_type.split(";")[0] == parser.media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

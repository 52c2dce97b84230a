"""Middleware that holds no thread while a view awaits: both kinds of chain, sync and async."""

import re
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from common.logs import request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
_USABLE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Gives every request an id that its log lines and its answer (`X-Request-Id`) carry.

    An id that a proxy sent is kept where it is 8–64 letters, digits, `-` and `_`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        token = request_id.set(self._id_of(request))
        try:
            response: HttpResponseBase = self.get_response(request)
            response["X-Request-Id"] = request_id.get()
        finally:
            request_id.reset(token)
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        # Each ASGI request is a task with a context of its own: nothing to reset.
        request_id.set(self._id_of(request))
        response: HttpResponseBase = await self.get_response(request)
        response["X-Request-Id"] = request_id.get()
        return response

    @staticmethod
    def _id_of(request: HttpRequest) -> str:
        sent = request.headers.get("X-Request-Id", "")
        return sent if _USABLE_ID.fullmatch(sent) else uuid.uuid4().hex


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise in an async chain: WhiteNoise's own middleware would hold a thread for every request that waits.

    A file is read in a thread and sent whole: static files are small, and a streamed file is read whole by ASGI anyway.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        """Files under `root`; a folder that nothing was collected into yet has none."""
        if Path(root).is_dir():
            super().add_files(root, prefix)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        static_file = self._find(request.path_info)
        return self.get_response(request) if static_file is None else self._read(static_file, request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if self.autorefresh:  # DEBUG: looks at the disk
            static_file = await sync_to_async(self._find, thread_sensitive=False)(request.path_info)
        else:
            static_file = self._find(request.path_info)
        if static_file is None:
            response: HttpResponseBase = await self.get_response(request)
            return response
        return await sync_to_async(self._read, thread_sensitive=False)(static_file, request)

    def _find(self, path: str) -> StaticFile | None:
        found: StaticFile | None = self.find_file(path) if self.autorefresh else self.files.get(path)
        return found

    @staticmethod
    def _read(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        body = b""
        if answer.file is not None:
            with answer.file as file:
                body = file.read()
        response = HttpResponse(body, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response

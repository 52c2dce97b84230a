"""Middleware holds no thread; requests have ids; static files are served in both kinds of chain."""

import asyncio
import gzip
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.utils.module_loading import import_string

from common.logs import request_id
from common.middleware import RequestIdMiddleware, StaticFilesMiddleware


async def awaiting_view(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return HttpResponse(request_id.get())


def plain_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request_id.get())


def test_every_middleware_is_async_capable(settings: Any) -> None:
    for path in settings.MIDDLEWARE:
        middleware = import_string(path)
        assert getattr(middleware, "async_capable", False), path
        assert iscoroutinefunction(middleware(awaiting_view)), path


async def test_request_gets_an_id_in_an_async_chain() -> None:
    first = await AsyncClient().get("/nothing")
    second = await AsyncClient().get("/nothing")

    assert len(first.headers["X-Request-Id"]) == 32
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_request_keeps_the_id_of_a_proxy_and_no_other_text() -> None:
    kept = Client().get("/nothing", headers={"X-Request-Id": "proxy-1234_x"})
    forged = Client().get("/nothing", headers={"X-Request-Id": "a b\tWARNING forged line"})

    assert kept.headers["X-Request-Id"] == "proxy-1234_x"
    assert len(forged.headers["X-Request-Id"]) == 32


def test_request_id_is_known_to_the_view_and_gone_afterwards() -> None:
    answer = RequestIdMiddleware(plain_view)(RequestFactory().get("/"))

    assert answer.content.decode() == answer.headers["X-Request-Id"]
    assert request_id.get() == "-"


async def test_requests_at_once_have_ids_of_their_own() -> None:
    middleware = RequestIdMiddleware(awaiting_view)

    answers = await asyncio.gather(*(asyncio.create_task(middleware(RequestFactory().get("/"))) for _ in range(20)))

    assert all(answer.content.decode() == answer.headers["X-Request-Id"] for answer in answers)
    assert len({answer.content for answer in answers}) == 20


@pytest.fixture
def collected(settings: Any, tmp_path: Path) -> Path:
    """A folder of collected static files."""
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "x.css").write_bytes(b"body{}" * 100)
    (tmp_path / "common" / "x.css.gz").write_bytes(gzip.compress(b"body{}" * 100))
    return tmp_path


def request(path: str, method: str = "GET", **headers: str) -> HttpRequest:
    return RequestFactory().generic(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})


async def test_static_file_in_an_async_chain_is_a_plain_answer(collected: Path) -> None:
    middleware = StaticFilesMiddleware(awaiting_view)

    whole = await middleware(request("/static/common/x.css"))
    zipped = await middleware(request("/static/common/x.css", Accept_Encoding="gzip"))
    head = await middleware(request("/static/common/x.css", "HEAD"))
    unchanged = await middleware(request("/static/common/x.css", If_Modified_Since=whole.headers["Last-Modified"]))
    part = await middleware(request("/static/common/x.css", Range="bytes=0-3"))

    assert (whole.status_code, whole.streaming, whole.content) == (200, False, b"body{}" * 100)
    assert whole.headers["Content-Type"].startswith("text/css")
    assert gzip.decompress(zipped.content) == whole.content
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "600")
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (part.status_code, part.content) == (206, b"body")


def test_static_file_in_a_sync_chain(collected: Path) -> None:
    assert StaticFilesMiddleware(plain_view)(request("/static/common/x.css")).content == b"body{}" * 100


async def test_request_for_no_static_file_uses_no_thread(collected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: threading.Thread) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", refused)
    middleware = RequestIdMiddleware(StaticFilesMiddleware(awaiting_view))

    assert (await middleware(request("/generate"))).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../secret", "/static/common/%2e%2e/%2e%2e/secret", "/static/common/", "/static/nope"]
)
def test_static_path_outside_the_folder_is_not_served(path: str, collected: Path) -> None:
    (collected.parent / "secret").write_text("secret")

    assert StaticFilesMiddleware(plain_view)(request(path)).content != b"secret"


def test_folder_that_nothing_was_collected_into_is_no_warning(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "missing"

    assert StaticFilesMiddleware(plain_view)(request("/static/x")).status_code == 200

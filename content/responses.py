"""Answers that are a file: streamed from verified blocks, with ranges, revalidation and safe headers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from common.answers import error_response
from common.database import release_connections
from common.errors import AtelierError
from content.models import Content, Visibility
from content.storage import cids, files
from content.storage.blocks import block_store

OCTETS = "application/octet-stream"
# What a browser may show by itself. Everything else could be a page or a script, and is offered as a download.
_INLINE = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/webp": "image/webp",
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "text/plain": "text/plain; charset=utf-8",
}
_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)

_READS = ("GET", "HEAD")
P = ParamSpec("P")

# Reads bytes `start` up to, without, `end`.
Read = Callable[[int, int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class File:
    """What is to be sent: `read` gives its bytes, `etag` names them, `headers` go with every answer about it."""

    size_bytes: int
    etag: str
    headers: dict[str, str]
    read: Read


def file_view(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A plain view that serves a file: GET and HEAD only, and its errors in the form that the path documents.

    What it refuses may be there later, so that nobody keeps the refusal.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            if request.method not in _READS:
                raise MethodNotAllowed(request.method or "")
            return view(request, *args, **kwargs)
        except (AtelierError, MethodNotAllowed) as error:
            response = error_response(error, request)
            response["Cache-Control"] = "no-store"
            if isinstance(error, MethodNotAllowed):
                response["Allow"] = ", ".join(_READS)
            return response

    # It changes nothing, whoever sends the request: a missing token is not what is wrong with a POST.
    return csrf_exempt(guarded)


def content_response(
    request: HttpRequest, content: Content, *, immutable: bool = False, attachment: str | None = None
) -> HttpResponseBase:
    """The bytes of `content`, or the part that the request wants, for a viewer who may see it.

    `immutable` is for paths that name the CID; `attachment` is the file name of a download. Call it in synchronous
    code: it reads and verifies the first block, so that damage there is an error and no broken answer. Raises
    `MissingBlock`, `DamagedBlock` or `UnreadableBytes`.
    """
    media_type, download = presentation(content)
    root, store = cids.parse(content.cid), block_store()
    return file_response(
        request,
        File(
            size_bytes=content.size_bytes,
            etag=f'"{content.cid}"',
            headers=file_headers(
                media_type=media_type,
                attachment=attachment or download,
                cache=cache_control(public=content.visibility == Visibility.PUBLIC, immutable=immutable),
            ),
            read=lambda start, end: files.read(store, root, start=start, end=end),
        ),
    )


def presentation(content: Content) -> tuple[str, str | None]:
    """As which media type a file is served, and the name of the download that it is where it is not shown."""
    shown_as = _INLINE.get(content.media_type)
    return (shown_as, None) if shown_as else (OCTETS, f"{content.cid}.bin")


def octets_response(request: HttpRequest, data: bytes, *, cid: str) -> HttpResponseBase:
    """The bytes that an identity CID holds in itself: anybody can make one, so it is never shown in the browser."""
    headers = file_headers(media_type=OCTETS, attachment=f"{cid}.bin", cache=cache_control(public=True, immutable=True))
    file = File(len(data), f'"{cid}"', headers, read=lambda start, end: iter([data[start:end]]))
    return file_response(request, file)


def cache_control(*, public: bool, immutable: bool) -> str:
    """How long an answer may be kept, and by whom."""
    if not public:
        return "private, no-store"
    return "public, max-age=29030400, immutable" if immutable else "public, no-cache"


def file_response(request: HttpRequest, file: File) -> HttpResponseBase:
    """200, 206, 304, 412 or 416 for `file`, as the request's conditions and range say (RFC 9110, 13 and 14)."""
    unchanged = get_conditional_response(request, etag=file.etag)
    if unchanged is not None:
        return _with_headers(unchanged, file.headers, file.etag, without=("Content-Type", "Content-Disposition"))
    part = _wanted_range(request, file)
    if part == _UNSATISFIABLE:
        refusal = HttpResponse(
            b'{"error":"The range lies outside of the file."}', status=416, content_type="application/json"
        )
        refusal["Content-Range"] = f"bytes */{file.size_bytes}"
        return _with_headers(refusal, file.headers, file.etag, without=("Content-Type", "Content-Disposition"))
    start, end = part or (0, file.size_bytes)
    response = HttpResponse() if request.method == "HEAD" else _streamed(request, file.read(start, end))
    response["Content-Length"] = str(end - start)
    if part:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    return _with_headers(response, file.headers, file.etag)


def stream_response(
    request: HttpRequest, *, headers: dict[str, str], pieces: Iterator[bytes], etag: str | None = None
) -> HttpResponseBase:
    """200 with a body whose length nobody knows before; 304 or 412 where the request's conditions about `etag` say so.

    Call it in synchronous code: it reads the first piece, so that what cannot be read is an error and no broken answer.
    """
    headers = {**headers, "Accept-Ranges": "none"}
    if etag is not None:
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            return _with_headers(unchanged, headers, etag, without=("Content-Type", "Content-Disposition"))
    return _with_headers(_streamed(request, pieces), headers, etag)


def file_headers(*, media_type: str, attachment: str | None, cache: str) -> dict[str, str]:
    """What goes with every answer about a file; `attachment` is the name of a download, None shows it."""
    headers = {
        "Content-Type": media_type,
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
        # Django-csp leaves a policy alone that is there.
        "Content-Security-Policy": "sandbox",
        "Accept-Ranges": "bytes",
    }
    disposition = content_disposition_header(as_attachment=attachment is not None, filename=attachment or "")
    return {**headers, "Content-Disposition": disposition} if disposition else headers


def _with_headers(
    response: HttpResponseBase, headers: dict[str, str], etag: str | None, without: tuple[str, ...] = ()
) -> HttpResponseBase:
    for name, value in headers.items():
        if name not in without:
            response[name] = value
    if etag is not None:
        response["ETag"] = etag
    return response


# ---- ranges ---------------------------------------------------------------------------------------------------------

_UNSATISFIABLE = (-1, -1)


def _wanted_range(request: HttpRequest, file: File) -> tuple[int, int] | None:
    """The half-open range to send, None for the whole file."""
    # RFC 9110 defines ranges for GET alone.
    if request.method != "GET" or not (header := request.headers.get("Range")):
        return None
    condition = request.headers.get("If-Range")
    # A weak tag never matches here, and a date cannot: there is no Last-Modified.
    if condition is not None and parse_etags(condition) != [file.etag]:
        return None
    return parse_range(header, file.size_bytes)


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """`bytes=first-last`, `bytes=first-` or `bytes=-suffix` within `size` bytes, as half-open offsets.

    None where the header is to be ignored: malformed, another unit, several ranges, or the end of an empty file.
    `(-1, -1)` where the range cannot be satisfied.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", "") or max(map(len, match.groups())) > 20:
        return None
    first, last = match.groups()
    if not first:
        suffix = int(last)
        if suffix == 0:
            return _UNSATISFIABLE
        return (max(size - suffix, 0), size) if size else None
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return _UNSATISFIABLE
    return start, min(int(last) + 1, size) if last else size


# ---- bodies ---------------------------------------------------------------------------------------------------------


def _streamed(request: HttpRequest, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    first = next(pieces, b"")
    # A slow client would hold the request's connection until the last byte has gone.
    release_connections()
    if request.method == "HEAD":
        first, pieces = b"", iter(())
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_in_threads(first, pieces))
    return StreamingHttpResponse(_one_after_another(first, pieces))


def _one_after_another(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


async def _in_threads(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    # A block is read when the one before has gone: a slow client holds one block, and no thread.
    yield first
    while (piece := await asyncio.to_thread(next, rest, None)) is not None:
        yield piece

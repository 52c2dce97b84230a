"""Answers that are a file: ranges, revalidation, headers and streaming, over HTTP."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.models import Content
from content.responses import parse_range
from tests.factories.content import ContentFactory
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

DATA = varied_bytes(2 * 2**20 + 321)


def _url(content: Content) -> str:
    return f"/ipfs/{content.cid}"


def _shown(data: bytes = b"0123456789") -> Content:
    return ContentFactory(data=data, public=True)


def test_get_sends_the_whole_file(client: Client) -> None:
    content = _shown(DATA)

    answer = client.get(_url(content))

    assert answer.status_code == 200
    assert answer.getvalue() == DATA
    assert answer["Content-Length"] == str(len(DATA))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["ETag"] == f'"{content.cid}"'


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    content = _shown(DATA)

    answer, whole = client.head(_url(content)), client.get(_url(content))

    assert answer.status_code == 200
    assert b"".join(answer) == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Accept-Ranges", "X-Content-Type-Options"):
        assert answer[name] == whole[name]


def test_head_ignores_a_range(client: Client) -> None:
    answer = client.head(_url(_shown()), headers={"range": "bytes=0-1"})

    assert (answer.status_code, answer["Content-Length"]) == (200, "10")


@pytest.mark.parametrize(
    ("media_type", "shown_as"),
    [
        ("image/png", "image/png"),
        ("image/jpeg", "image/jpeg"),
        ("image/webp", "image/webp"),
        ("audio/wav", "audio/wav"),
        ("text/plain", "text/plain; charset=utf-8"),
    ],
)
def test_what_a_browser_may_show_is_inline(client: Client, media_type: str, shown_as: str) -> None:
    answer = client.get(_url(ContentFactory(public=True, media_type=media_type)))

    assert answer["Content-Type"] == shown_as
    assert "attachment" not in answer.get("Content-Disposition", "")


@pytest.mark.parametrize(
    "media_type", ["text/html", "image/svg+xml", "application/pdf", "text/html; charset=utf-8", ""]
)
def test_everything_else_is_an_attachment_of_octets(client: Client, media_type: str) -> None:
    content = ContentFactory(public=True, media_type=media_type, data=b"<script>alert(1)</script>")

    answer = client.get(_url(content))

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{content.cid}.bin"'


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=1-2"}, {"range": "bytes=99-"}, {"if-none-match": "*"}])
def test_every_answer_is_sandboxed_and_not_sniffed(client: Client, headers: dict[str, str]) -> None:
    answer = client.get(_url(_shown()), headers=headers)

    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_public_content_under_its_cid_is_immutable(client: Client) -> None:
    assert client.get(_url(_shown()))["Cache-Control"] == "public, max-age=29030400, immutable"


def test_private_content_is_kept_nowhere(client: Client) -> None:
    content = ContentFactory()
    client.force_login(content.owner)

    for headers in ({}, {"range": "bytes=0-1"}, {"if-none-match": f'"{content.cid}"'}):
        assert client.get(_url(content), headers=headers)["Cache-Control"] == "private, no-store"


# ---- revalidation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_if_none_match_answers_304(client: Client, form: str) -> None:
    content = _shown()

    answer = client.get(_url(content), headers={"if-none-match": form.format(content.cid)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == f'"{content.cid}"'


def test_if_none_match_of_another_tag_answers_the_file(client: Client) -> None:
    assert client.get(_url(_shown()), headers={"if-none-match": '"other"'}).status_code == 200


def test_if_none_match_is_no_way_around_privacy(client: Client) -> None:
    content = ContentFactory()

    for tag in (f'"{content.cid}"', "*"):
        assert client.get(_url(content), headers={"if-none-match": tag}).status_code == 404


# ---- ranges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-3", "0-3"),
        ("bytes=4-", "4-9"),
        ("bytes=-2", "8-9"),
        ("bytes=-99", "0-9"),
        ("bytes=5-99", "5-9"),
        ("bytes=9-9", "9-9"),
        ("BYTES=0-0", "0-0"),
    ],
)
def test_range_answers_206(client: Client, asked: str, given: str) -> None:
    answer = client.get(_url(_shown()), headers={"range": asked})

    first, last = map(int, given.split("-"))
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {given}/10"
    assert answer.getvalue() == b"0123456789"[first : last + 1]
    assert answer["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_range_outside_of_the_file_answers_416(client: Client, asked: str) -> None:
    answer = client.get(_url(_shown()), headers={"range": asked})

    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10"
    assert answer.json() == {"error": "The range lies outside of the file."}


@pytest.mark.parametrize(
    "asked", ["bytes=3-1", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes", "", f"bytes={'9' * 99}-"]
)
def test_range_that_is_none_is_ignored(client: Client, asked: str) -> None:
    answer = client.get(_url(_shown()), headers={"range": asked})

    assert (answer.status_code, answer.getvalue()) == (200, b"0123456789")


def test_range_of_the_empty_file(client: Client) -> None:
    content = _shown(b"")

    assert client.get(_url(content), headers={"range": "bytes=0-"}).status_code == 416
    assert client.get(_url(content), headers={"range": "bytes=-5"}).status_code == 200


def test_if_range_of_this_file_answers_the_range(client: Client) -> None:
    content = _shown()

    answer = client.get(_url(content), headers={"range": "bytes=0-1", "if-range": f'"{content.cid}"'})

    assert answer.status_code == 206


@pytest.mark.parametrize("condition", ['"other"', 'W/"{}"', "Sat, 21 Nov 2026 08:00:00 GMT", "", "*"])
def test_if_range_of_anything_else_answers_the_file(client: Client, condition: str) -> None:
    content = _shown()

    answer = client.get(_url(content), headers={"range": "bytes=0-1", "if-range": condition.format(content.cid)})

    assert (answer.status_code, answer.getvalue()) == (200, b"0123456789")


@pytest.fixture
def large() -> Content:
    return _shown(DATA)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(first=st.integers(0, len(DATA) + 10), length=st.integers(1, len(DATA)))
def test_range_is_the_slice(client: Client, large: Content, first: int, length: int) -> None:
    answer = client.get(_url(large), headers={"range": f"bytes={first}-{first + length - 1}"})

    if first >= len(DATA):
        assert answer.status_code == 416
    else:
        assert answer.status_code == 206
        assert answer.getvalue() == DATA[first : first + length]


@given(header=st.text(alphabet="bytes=0123456789-, ", max_size=20), size=st.integers(0, 1000))
def test_parse_range_of_anything_stays_inside(header: str, size: int) -> None:
    part = parse_range(header, size)

    assert part in (None, (-1, -1)) or 0 <= part[0] < part[1] <= size


# ---- damage ---------------------------------------------------------------------------------------------------------


def test_damage_is_an_error_without_a_byte_of_it(client: Client, block_files: Callable[[], list[Path]]) -> None:
    content = _shown(b"0123456789")
    (path,) = block_files()
    path.write_bytes(b"0123456788")

    answer = client.get(_url(content))

    assert answer.status_code == 500
    assert answer.json() == {"error": "The stored bytes of this content are damaged."}
    assert "ETag" not in answer


def test_missing_bytes_are_an_error(client: Client, block_files: Callable[[], list[Path]]) -> None:
    content = _shown()
    block_files()[0].unlink()

    answer = client.get(_url(content))

    assert answer.status_code == 500
    assert answer.json() == {"error": "The stored bytes of this content are missing."}


# ---- under ASGI -----------------------------------------------------------------------------------------------------


async def _pieces(answer: HttpResponseBase) -> list[bytes]:
    # An iterator that is not async would be read whole before the first byte is sent.
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async
    return [piece async for piece in answer]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_the_file_is_streamed_piece_by_piece(async_client: AsyncClient) -> None:
    content = await sync_to_async(_shown)(DATA)

    pieces = await _pieces(await async_client.get(_url(content)))

    assert b"".join(pieces) == DATA
    assert [len(piece) for piece in pieces] == [2**20, 2**20, 321]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_range_is_the_slice(async_client: AsyncClient) -> None:
    content = await sync_to_async(_shown)(DATA)

    answer = await async_client.get(_url(content), headers={"range": "bytes=1048570-1048580"})

    assert answer.status_code == 206
    assert b"".join(await _pieces(answer)) == DATA[1048570:1048581]

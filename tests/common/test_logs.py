"""Log lines carry the request's id and no secret."""

import logging
import sys

import pytest

from common.logs import AddRequestId, RedactSecrets, redact, request_id

SECRET = "Zq3" + "x" * 29
KEY = f"abcd1234.{SECRET}"


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {KEY}",
        f"Authorization: Api-Key {KEY}",
        f"{{'Authorization': 'Bearer {SECRET}', 'Accept': '*/*'}}",
        f"(b'authorization', b'Bearer {SECRET}')",
        f"X-Api-Key: {SECRET}",
        f"key {KEY} was used",
        f"GET /output/generated_image/1.png?s={SECRET}",
        f"GET /output/1.png?format=raw&s={SECRET}&x=1",
        f"GET /ws/me/?ticket={SECRET}",
        f"GET /setup/{SECRET}",
        f"GET /accounts/password/reset/key/1-{SECRET}/",
        f"Cookie: sessionid={SECRET}",
        f"mysql://atelier:{SECRET}@db:3306/atelier",
        f"redis://:{SECRET}@cache:6379/0",
        f"password={SECRET}",
        f'{{"password1": "{SECRET}"}}',
        f"SECRET_KEY={SECRET}",
    ],
)
def test_redact_hides(line: str) -> None:
    hidden = redact(line)

    assert SECRET not in hidden
    assert "***" in hidden


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/v1/jobs?status=queued&cursor=abc",
        "job 6f9619ff-8b86-4011-b42d-00c04fc964ff failed after 3 attempts",
        "Forbidden: /api/v1/keys",
        "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
        "http://127.0.0.1:8000/setup",
    ],
)
def test_redact_leaves_the_rest(line: str) -> None:
    assert redact(line) == line


def test_filter_redacts_arguments_and_tracebacks() -> None:
    def fail() -> None:
        raise RuntimeError(f"could not open redis://:{SECRET}@cache")

    try:
        fail()
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "using %s", (KEY,), sys.exc_info())

    assert RedactSecrets().filter(record)
    line = logging.Formatter("%(message)s").format(record)
    assert SECRET not in line
    assert "using abcd1234.***" in line
    assert "RuntimeError" in line


def test_record_has_the_id_of_its_request() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", (), None)
    token = request_id.set("abc12345")
    try:
        AddRequestId().filter(record)
    finally:
        request_id.reset(token)

    assert record.request_id == "abc12345"  # type: ignore[attr-defined]

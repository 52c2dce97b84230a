"""Error answers in the three forms that Atelier serves; `describe` maps exceptions to them. For views of every kind."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any

import orjson
from django.core import exceptions as django_errors
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions as drf_errors
from rest_framework.request import Request

from common.errors import AtelierError, InvalidInput, ServiceUnavailable
from common.logs import request_id

logger = logging.getLogger(__name__)

RETRY_AFTER_DEFAULT_SECONDS = 10
CHALLENGE = 'Bearer realm="atelier"'


@dataclass(frozen=True)
class ErrorAnswer:
    """A refusal or failure, in no form yet. `errors` maps fields to sentences; `retry_after` is in seconds."""

    status: int
    code: str
    message: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def describe(error: BaseException) -> ErrorAnswer:
    """What to answer for `error`. One that nobody expected is logged with its traceback and says nothing but an id."""
    if isinstance(error, AtelierError):
        errors = error.errors if isinstance(error, InvalidInput) else {}
        return ErrorAnswer(
            error.status, error.code, error.message, errors, _headers(error.status, retry_after=error.retry_after)
        )
    if isinstance(error, drf_errors.APIException):
        return _of_drf(error)
    if isinstance(error, Http404):
        return ErrorAnswer(404, "not_found", "Not found.")
    if isinstance(error, django_errors.PermissionDenied):
        return ErrorAnswer(403, "permission_denied", "You may not do this.")
    if isinstance(error, django_errors.RequestDataTooBig):
        return ErrorAnswer(413, "too_large", "The request body is too large.")
    if isinstance(error, (django_errors.BadRequest, django_errors.SuspiciousOperation)):
        return ErrorAnswer(400, "bad_request", "The request is not valid.")
    if isinstance(error, UnreadablePostError):
        return ErrorAnswer(400, "bad_request", "The request body did not arrive whole.")
    if isinstance(error, (OperationalError, InterfaceError)):
        # The database is away, or could not give a lock in time: nothing was written.
        logger.error("The database failed request %s", request_id.get(), exc_info=error)
        return describe(ServiceUnavailable())
    logger.error("Unexpected failure of request %s", request_id.get(), exc_info=error)
    return unknown_failure()


def unknown_failure() -> ErrorAnswer:
    """A 500 whose id the log also holds."""
    return ErrorAnswer(
        500, "internal_error", f"Something went wrong. Tell the operator this request id: {request_id.get()}."
    )


def _of_drf(error: drf_errors.APIException) -> ErrorAnswer:
    status = error.status_code
    retry_after: float | None = getattr(error, "wait", None) if isinstance(error, drf_errors.Throttled) else None
    headers = _headers(status, retry_after=retry_after)
    if isinstance(error, drf_errors.ValidationError):
        errors = dict(_flatten(error.detail))
        return ErrorAnswer(400, "invalid_input", first_sentence(errors), errors, headers)
    code = error.get_codes() if isinstance(error.detail, drf_errors.ErrorDetail) else error.default_code
    if isinstance(error, drf_errors.ParseError):
        return ErrorAnswer(400, str(code), str(error.detail) or "The request body cannot be read.", {}, headers)
    return ErrorAnswer(status, str(code), str(error.detail), {}, headers)


def _headers(status: int, *, retry_after: float | None) -> dict[str, str]:
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = CHALLENGE
    if retry_after is None and status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        retry_after = RETRY_AFTER_DEFAULT_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil(retry_after)))
    return headers


def _flatten(detail: Any, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """A serializer's nested errors as `field.sub` → sentences."""
    if isinstance(detail, dict):
        for name, value in detail.items():
            own = prefix if name == "non_field_errors" else f"{prefix}.{name}" if prefix else str(name)
            yield from _flatten(value, own)
    elif isinstance(detail, list) and all(isinstance(item, str) for item in detail):
        if detail:
            yield prefix or "body", [str(item) for item in detail]
    elif isinstance(detail, list):
        for index, item in enumerate(detail):
            if item:
                yield from _flatten(item, f"{prefix}.{index}" if prefix else str(index))
    else:
        yield prefix or "body", [str(detail)]


def first_sentence(errors: dict[str, list[str]]) -> str:
    """The first of `errors` as one sentence that names its field."""
    for name, sentences in errors.items():
        # Our own sentences name the field; the framework's do not.
        return sentences[0] if name == "body" or f"'{name}'" in sentences[0] else f"'{name}': {sentences[0]}"
    return "The request is not valid."


def render(answer: ErrorAnswer, path: str) -> HttpResponse:
    """`answer` in the form that the surface of `path` documents."""
    content_type = "application/json"
    if path.startswith("/api/v1"):
        body, content_type = _problem(answer), "application/problem+json"
    elif path.startswith("/v1/"):
        body = openai_body(answer)
    else:
        body = {"error": answer.message}
    response = HttpResponse(orjson.dumps(body), status=answer.status, content_type=content_type, headers=answer.headers)
    if path.startswith("/v1/") and (answer.status == HTTPStatus.CONFLICT or answer.code == "quota_reached"):
        # OpenAI's client would try these twice more, in vain.
        response["x-should-retry"] = "false"
    return response


def error_response(error: BaseException, request: HttpRequest | Request) -> HttpResponse:
    """The answer for `error`, in the form of the request's surface."""
    return render(describe(error), request.path)


def _problem(answer: ErrorAnswer) -> dict[str, Any]:
    """RFC 9457. `type` is "about:blank": the status says what it is, `code` says which one."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(answer.status).phrase,
        "status": answer.status,
        "detail": answer.message,
        "code": answer.code,
        "errors": answer.errors,
    }
    if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        body["instance"] = f"urn:request:{request_id.get()}"
    return body


_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 408: "timeout_error", 429: "rate_limit_error"}


def openai_body(answer: ErrorAnswer) -> dict[str, Any]:
    """`answer` as OpenAI's API writes it; `param` is the first field that is wrong."""
    server = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = "server_error" if server else _OPENAI_TYPES.get(answer.status, "invalid_request_error")
    param = next((name for name in answer.errors if name != "body"), None)
    return {"error": {"message": answer.message, "type": kind, "param": param, "code": answer.code}}

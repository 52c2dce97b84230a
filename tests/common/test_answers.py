"""Errors in the form of each surface."""

import json
from typing import Any

import pytest
from django.core import exceptions as django_errors
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from django.test import RequestFactory
from rest_framework import exceptions as drf_errors

from common.answers import error_response
from common.errors import AtelierError, Conflict, InvalidInput, LimitReached, NotFound, ServiceUnavailable


class Teapot(AtelierError):
    code, status, message = "teapot", 418, "Short and stout."


class QuotaReached(LimitReached):
    code, message = "quota_reached", "Used up."


def answer(error: Exception, path: str = "/generate") -> Any:
    return error_response(error, RequestFactory().get(path))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput("No.", errors={"prompt": ["No."]}), 400, "invalid_input"),
        (drf_errors.ValidationError({"prompt": ["No."]}), 400, "invalid_input"),
        (drf_errors.ParseError(), 400, "parse_error"),
        (django_errors.BadRequest("x"), 400, "bad_request"),
        (django_errors.SuspiciousOperation("/etc/passwd"), 400, "bad_request"),
        (drf_errors.NotAuthenticated(), 401, "not_authenticated"),
        (drf_errors.AuthenticationFailed(), 401, "authentication_failed"),
        (drf_errors.PermissionDenied(), 403, "permission_denied"),
        (django_errors.PermissionDenied("secret reason"), 403, "permission_denied"),
        (NotFound(), 404, "not_found"),
        (Http404("No Job matches the given query."), 404, "not_found"),
        (drf_errors.NotFound(), 404, "not_found"),
        (drf_errors.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (drf_errors.NotAcceptable(), 406, "not_acceptable"),
        (Conflict("Again?"), 409, "conflict"),
        (django_errors.RequestDataTooBig("x"), 413, "too_large"),
        (drf_errors.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (Teapot(), 418, "teapot"),
        (QuotaReached(retry_after=7), 429, "quota_reached"),
        (drf_errors.Throttled(wait=1.2), 429, "throttled"),
        (ServiceUnavailable(), 503, "unavailable"),
        (UnreadablePostError("secret"), 400, "bad_request"),
        (OperationalError("secret is locked"), 503, "unavailable"),
        (RuntimeError("/srv/secret/path"), 500, "internal_error"),
    ],
)
def test_error_has_one_status_and_a_body_of_each_surface(error: Exception, status: int, code: str) -> None:
    documented, problem, openai = (answer(error, path) for path in ("/generate", "/api/v1/jobs", "/v1/models"))

    assert {response.status_code for response in (documented, problem, openai)} == {status}
    body = json.loads(problem.content)
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    assert body["title"]
    sentence = body["detail"]
    assert documented.headers["Content-Type"] == "application/json"
    assert json.loads(documented.content) == {"error": sentence}
    inner = json.loads(openai.content)["error"]
    assert (set(inner), inner["message"], inner["code"]) == ({"message", "type", "param", "code"}, sentence, code)
    assert not any(word in problem.text for word in ("secret", "/etc", "Traceback", "query"))


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (QuotaReached(retry_after=7), "7"),
        (QuotaReached(), "10"),
        (drf_errors.Throttled(wait=1.2), "2"),
        (ServiceUnavailable(retry_after=0), "1"),
    ],
)
def test_limits_and_absence_say_when_to_come_back(error: Exception, seconds: str) -> None:
    assert answer(error).headers["Retry-After"] == seconds


def test_missing_credentials_come_with_a_challenge() -> None:
    assert answer(drf_errors.NotAuthenticated()).headers["WWW-Authenticate"].startswith("Bearer")


def test_nested_errors_are_flattened_and_the_sentence_names_the_field() -> None:
    error = drf_errors.ValidationError(
        {"params": {"width": ["Too wide."]}, "tags": [{}, {"name": ["Too long."]}], "non_field_errors": ["Both."]}
    )

    body = json.loads(answer(error, "/api/v1/jobs").content)

    assert body["errors"] == {"params.width": ["Too wide."], "tags.1.name": ["Too long."], "body": ["Both."]}
    assert body["detail"] == "'params.width': Too wide."


def test_sentence_that_names_its_field_already_is_left_alone() -> None:
    error = drf_errors.ValidationError({"prompt": ["'prompt' is required and must be a string."]})

    assert json.loads(answer(error).content) == {"error": "'prompt' is required and must be a string."}


def test_openai_shape_names_the_field_and_stops_vain_retries() -> None:
    wrong = answer(InvalidInput("No.", errors={"size": ["No."]}), "/v1/images/generations")

    assert json.loads(wrong.content)["error"]["param"] == "size"
    assert json.loads(wrong.content)["error"]["type"] == "invalid_request_error"
    assert "x-should-retry" not in wrong.headers
    for vain in (Conflict("x"), QuotaReached()):
        assert answer(vain, "/v1/images/generations").headers["x-should-retry"] == "false"


def test_unknown_failure_tells_an_id_that_the_log_holds(caplog: pytest.LogCaptureFixture) -> None:
    body = json.loads(answer(RuntimeError("/srv/secret/path"), "/api/v1/jobs").content)

    identifier = body["instance"].removeprefix("urn:request:")
    assert identifier in body["detail"]
    assert identifier in caplog.records[-1].getMessage()
    assert "secret" not in str(body)

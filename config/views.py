"""Pages for operators and programs that belong to no app: metrics, the API's description, and error pages."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.crypto import constant_time_compare
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from common.answers import ErrorAnswer, describe, unknown_failure
from common.answers import render as render_error

# Paths of programs: their failures are JSON, whatever the client says that it accepts.
PROGRAM_PATHS = (
    "/api/",
    "/v1/",
    "/generate",
    "/analyze",
    "/health",
    "/cache",
    "/ipfs/",
    "/output/",
    "/images/",
    "/get-content",
    "/view-image/",
    "/view-text/",
)

_making_schema = Lock()


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """The OpenAPI document. It holds nothing private, and generators of clients have no key."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The document, or 304 where the client has it. It is the same for everybody, so it is made once."""
        renderer = request.accepted_renderer
        data, etag = _schema_document(type(renderer))
        kind = f"{renderer.media_type}; charset={renderer.charset}" if renderer.charset else renderer.media_type
        name = f'inline; filename="{spectacular_settings.TITLE}.{renderer.format}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Disposition": name}
        answer = HttpResponse(data, content_type=kind, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=answer) or answer


def _schema_document(renderer: Callable[[], BaseRenderer]) -> tuple[bytes, str]:
    """The document as `renderer` writes it, and its entity tag."""
    with _making_schema:  # It takes seconds: whoever asks meanwhile waits for the same one.
        return _made_schema_document(renderer)


@cache
def _made_schema_document(renderer: Callable[[], BaseRenderer]) -> tuple[bytes, str]:
    generator: Any = SchemaGenerator
    written: bytes | str = renderer().render(generator().get_schema(request=None, public=True))
    data = written.encode() if isinstance(written, str) else written
    return data, f'"{sha256(data).hexdigest()[:32]}"'


@extend_schema(exclude=True)
class Docs(SpectacularSwaggerSplitView):
    """Swagger UI, with its script in a file of its own: the policy allows none in the page."""

    permission_classes = [AllowAny]
    authentication_classes = []


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics for a staff session, or `Authorization: Bearer METRICS_TOKEN`; 404 for everybody else."""
    keyword, _, token = request.headers.get("Authorization", "").partition(" ")
    by_token = (
        bool(settings.METRICS_TOKEN)
        and keyword.lower() == "bearer"
        and constant_time_compare(token, settings.METRICS_TOKEN)
    )
    if not by_token and not (request.user.is_active and request.user.is_staff):
        raise Http404
    exported: HttpResponse = ExportToDjangoView(request)
    return exported


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400"""
    return _failure(request, describe(exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403"""
    return _failure(request, describe(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404"""
    return _failure(request, ErrorAnswer(404, "not_found", "Not found."))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. Django has logged the traceback, with the same request id."""
    return _failure(request, unknown_failure())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: usually a page that was left open for long."""
    message = "This form has expired. Go back, reload the page and try again."
    return _failure(request, ErrorAnswer(403, "csrf_failed", message))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """handler429, which allauth calls for its pages."""
    message = "You are sending too many requests. Wait a minute and try again."
    return _failure(request, ErrorAnswer(429, "throttled", message, headers={"Retry-After": "60"}))


def _failure(request: HttpRequest, answer: ErrorAnswer) -> HttpResponse:
    if request.path.startswith(PROGRAM_PATHS) or "text/html" not in request.headers.get("Accept", ""):
        return render_error(answer, request.path)
    # The page of a 500 touches neither session nor database: they may be what failed.
    safely = None if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else request
    page = render_to_string("error.html", {"answer": answer}, request=safely)
    return HttpResponse(page, status=answer.status, headers=answer.headers)

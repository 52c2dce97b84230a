"""The one place where failures of REST views become HTTP answers."""

from typing import Any

from django.http import HttpResponse
from rest_framework.views import set_rollback

from common.answers import error_response


def handle(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's `EXCEPTION_HANDLER`: every exception has an answer, in the form that the path's surface documents."""
    set_rollback()
    return error_response(exc, context["request"])

"""What a sign-in gets after too many failures (django-axes counts them)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

COOL_OFF = timedelta(hours=settings.AXES_COOLOFF_TIME)


def answer(request: HttpRequest, original: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """429 with `Retry-After` and a sentence. Called by axes' middleware, which passes what it has."""
    minutes = int(COOL_OFF.total_seconds() // 60)
    response = render(request, "account/locked.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(int(COOL_OFF.total_seconds()))
    return response


def username(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name whose failures are counted: what was typed, whether a username or an e-mail address."""
    given = credentials or {}
    # Axes hands its backend the username under the name of the form's field.
    typed = given.get("username") or given.get(settings.AXES_USERNAME_FORM_FIELD) or given.get("email") or ""
    if not typed and request is not None:
        typed = request.POST.get("login") or request.POST.get("username") or ""
    return str(typed).strip().lower()[:255]

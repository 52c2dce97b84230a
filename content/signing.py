"""Signed URLs of private content: whoever has one may read that one thing until it expires or is deleted.

`?s=` holds the expiry (base 36, seconds since the epoch), the row (its UUID in base64, empty where the path names it)
and a SHA-256 HMAC over both and the path.
"""

import base64
import binascii
import time
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.http import base36_to_int, int_to_base36
from rest_framework.request import Request

PARAMETER = "s"


def signed_path(path: str, *, row: UUID | None = None) -> str:
    """`path`, which has no query yet, with a signature that is good for `SIGNED_URL_SECONDS`.

    A path that does not name a row by itself (a CID can be several people's) is bound to `row`.
    """
    claim = f"{int_to_base36(int(time.time()) + settings.SIGNED_URL_SECONDS)}.{_short(row) if row else ''}"
    mac = _signer().signature(_message(path, claim))
    return f"{path}?{urlencode({PARAMETER: f'{claim}.{mac}'})}"


def signed_url(path: str, request: HttpRequest | Request | None = None, *, row: UUID | None = None) -> str:
    """`signed_path` as an absolute URL: on the request's host, or without a request on `PUBLIC_URL`."""
    return absolute_url(signed_path(path, row=row), request)


def absolute_url(path: str, request: HttpRequest | Request | None) -> str:
    """`path` on the request's host, or without a request on `PUBLIC_URL`."""
    return request.build_absolute_uri(path) if request else f"{settings.PUBLIC_URL}{path}"


def has_valid_signature(request: HttpRequest) -> bool:
    """Whether the request's URL carries a signature of its path that has not expired and is bound to no row."""
    return _claimed_row(request) == ""


def signed_row(request: HttpRequest) -> UUID | None:
    """The row that the request's valid signature is bound to; None without one."""
    text = _claimed_row(request)
    if not text:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{text}=="))
    except (ValueError, binascii.Error):
        return None


def _claimed_row(request: HttpRequest) -> str | None:
    """The row's part of a valid signature ("" where it names none), None where there is no valid signature."""
    claim, _, mac = request.GET.get(PARAMETER, "").rpartition(".")
    expiry, _, row = claim.partition(".")
    try:
        _signer().unsign(f"{_message(request.path, claim)}~{mac}")
        return row if base36_to_int(expiry) > time.time() else None
    except (BadSignature, ValueError):
        return None


def _signer() -> Signer:
    return Signer(sep="~", salt="content.signing", algorithm="sha256")


def _message(path: str, claim: str) -> str:
    return f"{path}?{claim}"


def _short(row: UUID) -> str:
    return base64.urlsafe_b64encode(row.bytes).decode("ascii").rstrip("=")

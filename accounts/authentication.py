"""Who sends a request: an API key in one of three headers, or a signed-in session."""

import re
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import ApiKey, Scope, User
from accounts.throttles import AnonymousThrottle, client_ip

LAST_USED_RESOLUTION = timedelta(minutes=1)
CHALLENGE = 'Bearer realm="atelier"'
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


class InvalidKey(exceptions.AuthenticationFailed):
    """The key is unknown, revoked or expired, or its owner is inactive: nobody can tell which."""

    default_detail = "This API key is not valid."
    default_code = "invalid_api_key"


def key_text(request: HttpRequest | Request) -> str | None:
    """The key that came with a request, None where no header carries one."""
    keyword, _, value = request.headers.get("Authorization", "").partition(" ")
    if keyword.lower() in ("bearer", "api-key"):
        return value.strip()
    return request.headers.get("X-Api-Key")


def find_key(text: str) -> ApiKey | None:
    """The usable key with this text, its owner loaded."""
    # What has not the form of a key is not worth a query.
    if not _KEY.fullmatch(text):
        return None
    key: ApiKey | None = (
        ApiKey.objects.select_related("owner").filter(prefix=text.partition(".")[0], revoked=False).first()
    )
    if key is None or not key.is_valid(text) or key.has_expired or not key.owner.is_active:
        return None
    return key


def note_use(key: ApiKey) -> None:
    """Write `last_used_at`, at most once a minute: a write for each request would make every reader a writer."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= LAST_USED_RESOLUTION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer KEY`, `Authorization: Api-Key KEY` or `X-Api-Key: KEY`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        text = key_text(request)
        if text is None:
            return None
        key = find_key(text)
        if key is None:
            # Only failures are counted and refused: a valid key is not shut out by a guesser behind the same proxy.
            throttle = AnonymousThrottle()
            if not throttle.count(client_ip(request)):
                raise exceptions.Throttled(throttle.wait(), "Too many requests with a key that is not valid.")
            raise InvalidKey
        note_use(key)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        # DRF asks the first class for it, and answers 403 instead of 401 where there is none.
        return CHALLENGE


class SessionAuthentication(authentication.SessionAuthentication):
    """A signed-in session; unsafe methods need the CSRF token. Missing credentials are a 401, as with keys."""

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def authenticate_request(request: HttpRequest, *, scope: Scope = Scope.READ) -> User | None:
    """The user behind a plain Django request, None where it has no usable credentials or a key without `scope`.

    For views that serve public things to everybody and private ones to their owner. Raises DRF's `PermissionDenied`
    where an unsafe method comes with a session and without its CSRF token. Call it in synchronous code: it queries.
    """
    text = key_text(request)
    if text is not None:
        key = find_key(text)
        if key is None:
            AnonymousThrottle().count(client_ip(request))
            return None
        if scope not in key.scopes:
            return None
        note_use(key)
        return key.owner
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    if request.method not in SAFE_METHODS:
        SessionAuthentication().enforce_csrf(request)  # type: ignore[arg-type]
    return user

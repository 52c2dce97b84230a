"""How many requests a user, a key or an address may send. Quotas that matter are in the database, not here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey

if TYPE_CHECKING:
    # DRF imports this module while it imports its views.
    from rest_framework.views import APIView

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def client_ip(request: HttpRequest | Request) -> str:
    """The client's address, through `NUM_PROXIES` trusted proxies."""
    return BaseThrottle().get_ident(request)  # type: ignore[arg-type]


def parse_rate(rate: str) -> tuple[int, int]:
    """`"600/minute"` → (600 requests, 60 seconds)."""
    count, _, period = rate.partition("/")
    return int(count), _SECONDS[period[0]]


class WindowThrottle(BaseThrottle):
    """Counts requests in fixed windows with one atomic counter each.

    DRF's own throttles keep a list of every request's time in the cache and lose counts under concurrency.
    """

    scope: str
    seconds_left = 0

    def ident(self, request: Request) -> str | None:
        """Who is counted; None: this throttle does not apply to the request."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        ident = self.ident(request)
        return ident is None or self.count(ident)

    def count(self, ident: str) -> bool:
        """Count one request of `ident`; whether it is within the rate."""
        rate = api_settings.DEFAULT_THROTTLE_RATES[self.scope]
        if rate is None:
            return True
        allowed, seconds = parse_rate(str(rate))
        window, elapsed = divmod(int(time.time()), seconds)
        self.seconds_left = seconds - elapsed
        key = f"throttle:{self.scope}:{ident}:{window}"
        cache.add(key, 0, timeout=seconds + 1)
        try:
            return int(cache.incr(key)) <= allowed
        except ValueError:  # The window ended, or Redis was emptied, between the two calls.
            return True

    def wait(self) -> float:
        return self.seconds_left


class UserThrottle(WindowThrottle):
    """All requests of one user together, by session and by every key."""

    scope = "user"

    def ident(self, request: Request) -> str | None:
        return str(request.user.pk) if request.user.is_authenticated else None


class KeyThrottle(WindowThrottle):
    """The requests with one key."""

    scope = "key"

    def ident(self, request: Request) -> str | None:
        auth: Any = request.auth
        return str(auth.public_id) if isinstance(auth, ApiKey) else None


class AnonymousThrottle(WindowThrottle):
    """The requests from one address without credentials, or with a key that is not valid."""

    scope = "anonymous"

    def ident(self, request: Request) -> str | None:
        return None if request.user.is_authenticated else client_ip(request)

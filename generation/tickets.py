"""Tickets: a websocket's credential where no header can carry one. Each opens one socket, once, within a minute."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta

import redis
from django.utils import timezone

from accounts.models import ApiKey, User
from common.errors import ServiceUnavailable
from common.redis_client import redis_client

LIFETIME_SECONDS = 60
_TICKET = "atelier:ticket:"


def issue_ticket(*, user: User, key: ApiKey | None) -> tuple[str, datetime]:
    """A ticket for `user` and when it ends. One that a key asked for dies with the key."""
    ticket = secrets.token_urlsafe(32)
    holder = {"user": user.pk, "key": key.pk if key else None}
    try:
        redis_client().set(_name(ticket), json.dumps(holder), ex=LIFETIME_SECONDS)
    except redis.RedisError as error:
        raise ServiceUnavailable("No ticket can be made right now.", retry_after=5) from error
    return ticket, timezone.now() + timedelta(seconds=LIFETIME_SECONDS)


def redeem_ticket(*, ticket: str) -> User | None:
    """The user of an unused ticket that has not ended; whoever comes second with it gets None. Queries."""
    try:
        held = redis_client().getdel(_name(ticket))
    except redis.RedisError:
        return None
    if held is None:
        return None
    holder = json.loads(held)
    if holder["key"] is not None:
        key = ApiKey.objects.filter(pk=holder["key"], revoked=False).first()
        if key is None or key.has_expired:
            return None
    return User.objects.filter(pk=holder["user"], is_active=True).first()


def _name(ticket: str) -> str:
    # Who reads Redis finds no ticket that could be used.
    return _TICKET + hashlib.sha256(ticket.encode(errors="replace")).hexdigest()

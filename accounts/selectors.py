"""Reads of the accounts app."""

from datetime import date, timedelta
from typing import NamedTuple, TypedDict

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.models import ApiKey, Quota, Usage, User


class Limits(TypedDict):
    """What a user may use; bytes are of the whole library, the rest at once and per day (UTC)."""

    active_jobs: int
    jobs_per_day: int
    stored_bytes: int


class Use(TypedDict):
    """What a user has used."""

    jobs_today: int
    engine_seconds_today: float
    stored_bytes: int


class DayOfUse(NamedTuple):
    """What a user used on one day (UTC)."""

    day: date
    jobs: int
    engine_seconds: float


def limits_of(quota: Quota | None) -> Limits:
    """The limits in force: the user's own where an administrator set them, else the defaults."""

    def of(own: int | None, default: int) -> int:
        return default if own is None else own

    return {
        "active_jobs": of(quota.active_jobs if quota else None, settings.QUOTA_ACTIVE_JOBS),
        "jobs_per_day": of(quota.jobs_per_day if quota else None, settings.QUOTA_JOBS_PER_DAY),
        "stored_bytes": of(quota.stored_bytes if quota else None, settings.QUOTA_STORED_BYTES),
    }


def limits(*, user: User) -> Limits:
    """The limits of `user`."""
    return limits_of(Quota.objects.filter(user=user).first())


def use(*, user: User) -> Use:
    """What `user` has used today, and stores in all."""
    today = Usage.objects.filter(user=user, day=timezone.now().date()).first()
    stored = Usage.objects.filter(user=user).aggregate(total=Sum("stored_bytes"))["total"]
    return {
        "jobs_today": today.jobs if today else 0,
        "engine_seconds_today": today.engine_seconds if today else 0.0,
        "stored_bytes": max(0, stored or 0),
    }


def use_by_day(*, user: User, days: int) -> list[DayOfUse]:
    """The last `days` days, today included and last; zeros where nothing was used."""
    today = timezone.now().date()
    first = today - timedelta(days=days - 1)
    rows = {row.day: row for row in Usage.objects.filter(user=user, day__gte=first, day__lte=today)}
    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        row = rows.get(day)
        found.append(DayOfUse(day, row.jobs if row else 0, row.engine_seconds if row else 0.0))
    return found


def keys_of(*, user: User) -> QuerySet[ApiKey]:
    """The keys of `user` that were not revoked."""
    return ApiKey.objects.filter(owner=user, revoked=False)


def live_sessions(*, user: User) -> list[UserSession]:
    """Where `user` is signed in, oldest first. Two queries, however many there are."""
    noted = list(UserSession.objects.filter(user=user).order_by("created_at", "pk"))
    keys = [session.session_key for session in noted]
    kept = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    live = {session.session_key for session in kept if _opens(session, user)}
    return [session for session in noted if session.session_key in live]


def _opens(session: Session, user: User) -> bool:
    """Whether the session is the user's, of the password that the user has now."""
    about = session.get_decoded()
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return about.get(SESSION_KEY) == str(user.pk) and about.get(HASH_SESSION_KEY) in hashes

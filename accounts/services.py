"""Writes of the accounts app: quotas and use, and API keys."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.errors import QuotaReached, ScopeMissing
from accounts.models import ApiKey, Quota, Scope, Usage, User, default_scopes
from accounts.selectors import Limits, Use, limits, limits_of, use
from common.database import transactional
from common.errors import InvalidInput

KEY_NAME_LENGTH = 50
# Jobs end within seconds to minutes; stored bytes only shrink when the user deletes something.
ACTIVE_RETRY_SECONDS = 10
STORED_RETRY_SECONDS = 3600


def check_quota(*, owner: User, active_jobs: int) -> None:
    """Raise `QuotaReached` unless `owner` may submit one job more.

    Call it inside the transaction that writes the job. `active_jobs` is how many jobs of the owner are queued or
    running; count them after `lock_quota(owner=…)`, so that two submits cannot both see the last free place: the row
    stays locked until the transaction ends.
    """
    allowed = limits_of(lock_quota(owner=owner))
    used = use(user=owner)
    if active_jobs + 1 > allowed["active_jobs"]:
        raise QuotaReached(
            f"You have {active_jobs} queued and running jobs, and {allowed['active_jobs']} are allowed at once. "
            "Wait until some have finished, or cancel some.",
            retry_after=ACTIVE_RETRY_SECONDS,
        )
    if used["jobs_today"] + 1 > allowed["jobs_per_day"]:
        raise QuotaReached(
            f"You have used today's {allowed['jobs_per_day']} jobs. "
            "Try again after midnight UTC, or ask an administrator for more.",
            retry_after=seconds_until_tomorrow(),
        )
    _refuse_full_library(allowed, used)


def check_stored_bytes(*, owner: User) -> None:
    """Raise `QuotaReached` unless `owner` may store something more."""
    _refuse_full_library(limits(user=owner), use(user=owner))


def _refuse_full_library(allowed: Limits, used: Use) -> None:
    if used["stored_bytes"] >= allowed["stored_bytes"]:
        raise QuotaReached(
            f"Your library holds {used['stored_bytes']:,} bytes, and {allowed['stored_bytes']:,} are allowed. "
            "Delete content, or ask an administrator for more.",
            retry_after=STORED_RETRY_SECONDS,
        )


def lock_quota(*, owner: User) -> Quota:
    """The owner's quota row, made where it does not exist and locked until the surrounding transaction ends.

    It is the one lock of an owner's counters. The user row would not do: each row that refers to it takes a shared
    lock on it, and two transactions that both hold that and want more would be a deadlock.
    """
    # SQLite has no row locks: its transactions are IMMEDIATE, so one writer is inside at a time.
    locked = Quota.objects.select_for_update().filter(user=owner)
    quota = locked.first()
    if quota is None:
        # An upsert, not get_or_create: MariaDB's duplicate-key error leaves shared locks behind, and those deadlock.
        with_target = connection.features.supports_update_conflicts_with_target
        target: dict[str, Any] = {"unique_fields": ["user"]} if with_target else {}
        Quota.objects.bulk_create([Quota(user=owner)], update_conflicts=True, update_fields=["user"], **target)
        quota = locked.get()
    return quota


def seconds_until_tomorrow() -> int:
    """Whole seconds until midnight UTC, at least 1."""
    now = timezone.now()
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
    return max(1, int((midnight - now).total_seconds()))


@transactional
def record_use(*, owner: User, jobs: int = 0, engine_seconds: float = 0.0, stored_bytes: int = 0) -> None:
    """Add to what `owner` used today (UTC). `stored_bytes` is negative where content was deleted."""
    # Under the owner's lock, update-then-insert cannot race with another first use of the day.
    lock_quota(owner=owner)
    today = timezone.now().date()
    added = Usage.objects.filter(user=owner, day=today).update(
        jobs=F("jobs") + jobs,
        engine_seconds=F("engine_seconds") + engine_seconds,
        stored_bytes=F("stored_bytes") + stored_bytes,
    )
    if not added:
        Usage.objects.create(user=owner, day=today, jobs=jobs, engine_seconds=engine_seconds, stored_bytes=stored_bytes)


@transactional
def create_api_key(
    *,
    owner: User,
    name: str,
    scopes: list[str] | None = None,
    expires_at: datetime | None = None,
    granted_by: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is kept nowhere.

    `granted_by` is the key that asks (None: a session or an operator, who may give any): the new one ends when it ends,
    and a scope beyond its own raises `ScopeMissing`. Raises `InvalidInput` for a name, scope or expiry that cannot be.
    """
    wanted = default_scopes() if scopes is None else list(dict.fromkeys(scopes))
    _check_key(name=name, scopes=wanted, expires_at=expires_at)
    if granted_by is not None and (beyond := sorted(set(wanted) - set(granted_by.scopes))):
        raise ScopeMissing(f"This key may not give scopes that it does not have: {', '.join(beyond)}.")
    if granted_by is not None and granted_by.expiry_date is not None:
        # Otherwise a credential for a day could make itself one for ever.
        expires_at = min(expires_at or granted_by.expiry_date, granted_by.expiry_date)
    key = ApiKey(owner=owner, name=name.strip(), scopes=wanted, expiry_date=expires_at)
    text: str = ApiKey.objects.assign_key(key)
    key.save(force_insert=True)
    return key, text


def _check_key(*, name: str, scopes: list[str], expires_at: datetime | None) -> None:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= KEY_NAME_LENGTH:
        errors["name"] = [f"'name' must have 1 to {KEY_NAME_LENGTH} characters."]
    if not scopes or set(scopes) - set(Scope.values):
        errors["scopes"] = [f"'scopes' must be a list of some of {', '.join(Scope.values)}."]
    if expires_at is not None and expires_at <= timezone.now():
        errors["expires_at"] = ["'expires_at' must be a time in the future."]
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], errors=errors)


def revoke_api_key(*, key: ApiKey) -> None:
    """End a key at once and for good. Revoking it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked=False).update(revoked=True)
    key.revoked = True

"""Quotas, use and keys, alone and under contention."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import QuotaReached, ScopeMissing
from accounts.models import ApiKey, Quota, Scope, Usage
from accounts.services import check_quota, create_api_key, record_use, revoke_api_key
from common.errors import InvalidInput
from tests.factories.accounts import QuotaFactory, UsageFactory, UserFactory
from tests.support.mariadb import PrivateMariaDB

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_check_quota_makes_the_row_and_takes_the_defaults(settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS = 2
    user = UserFactory()

    check_quota(owner=user, active_jobs=1)

    assert Quota.objects.get(user=user).active_jobs is None
    with pytest.raises(QuotaReached, match="2 are allowed at once") as refused:
        check_quota(owner=user, active_jobs=2)
    assert (refused.value.status, refused.value.code) == (429, "quota_reached")
    assert refused.value.retry_after


@pytest.mark.django_db
def test_check_quota_prefers_the_users_own_limit_even_zero(settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS = 1
    generous, stopped = QuotaFactory(active_jobs=5).user, QuotaFactory(active_jobs=0).user

    check_quota(owner=generous, active_jobs=4)

    with pytest.raises(QuotaReached):
        check_quota(owner=generous, active_jobs=5)
    with pytest.raises(QuotaReached):
        check_quota(owner=stopped, active_jobs=0)


@pytest.mark.django_db
def test_check_quota_counts_the_jobs_of_today_only() -> None:
    user = QuotaFactory(jobs_per_day=3).user
    UsageFactory(user=user, jobs=100, day=timezone.now().date() - timedelta(days=1))
    UsageFactory(user=user, jobs=2)

    check_quota(owner=user, active_jobs=0)
    record_use(owner=user, jobs=1)

    with pytest.raises(QuotaReached, match="today's 3 jobs") as refused:
        check_quota(owner=user, active_jobs=0)
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 86_400


@pytest.mark.django_db
def test_check_quota_adds_stored_bytes_of_all_days_and_takes_deletions_off() -> None:
    user = QuotaFactory(stored_bytes=1000).user
    UsageFactory(user=user, stored_bytes=900, day=timezone.now().date() - timedelta(days=40))
    record_use(owner=user, stored_bytes=100)

    with pytest.raises(QuotaReached, match="holds 1,000 bytes"):
        check_quota(owner=user, active_jobs=0)

    record_use(owner=user, stored_bytes=-1)
    check_quota(owner=user, active_jobs=0)


@pytest.mark.django_db
def test_record_use_adds_up_in_one_row_a_day() -> None:
    user, other = UserFactory(), UserFactory()

    record_use(owner=user, jobs=2, engine_seconds=0.5)
    record_use(owner=user, jobs=1, engine_seconds=1.25, stored_bytes=10)
    record_use(owner=other, jobs=7)

    usage = Usage.objects.get(user=user)
    assert (usage.jobs, usage.engine_seconds, usage.stored_bytes) == (3, 1.75, 10)


@pytest.mark.django_db
def test_record_use_is_undone_with_its_transaction() -> None:
    user = UserFactory()

    with transaction.atomic():
        record_use(owner=user, jobs=1)
        transaction.set_rollback(True)

    assert not Usage.objects.filter(user=user).exists()


def spent_by_eight(url: str, folder: Path) -> str:
    """What `tests.support.spenders` printed: 8 processes with 10 tries each, of which 50 are allowed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.spenders", "8", "10", "50"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "ATELIER_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.timeout(330)
def test_quota_of_eight_processes_at_once_on_sqlite(tmp_path: Path) -> None:
    assert spent_by_eight(f"sqlite:///{tmp_path / 'quota.sqlite3'}", tmp_path) == "50 50 80"


@pytest.mark.timeout(330)
def test_quota_of_eight_processes_at_once_on_mariadb(tmp_path: Path, mariadb: PrivateMariaDB) -> None:
    assert spent_by_eight(mariadb.create("quota"), tmp_path) == "50 50 80"


@pytest.mark.django_db
def test_create_api_key_keeps_a_hash_only() -> None:
    key, text = create_api_key(owner=UserFactory(), name=" laptop ")

    stored = ApiKey.objects.get(pk=key.pk)
    assert stored.name == "laptop"
    assert stored.scopes == ["read", "generate"]
    secret = text.partition(".")[2]
    assert all(secret not in str(value) for value in vars(stored).values())
    assert stored.is_valid(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["read", "root"]}, "scopes"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_create_api_key_refuses(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_api_key(**{"owner": UserFactory(), "name": "laptop", **wrong})

    assert list(refused.value.errors) == [field]
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_create_api_key_gives_no_scope_beyond_the_asking_keys() -> None:
    with pytest.raises(ScopeMissing, match="generate"):
        create_api_key(
            owner=UserFactory(),
            name="laptop",
            scopes=[Scope.READ, Scope.GENERATE],
            granted_by=ApiKey(scopes=["read", "manage"]),
        )

    assert not ApiKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("asked_days", "given_days"), [(None, 2), (1, 1), (3, 2)])
def test_create_api_key_gives_no_longer_life_than_the_asking_keys(asked_days: int | None, given_days: int) -> None:
    now = timezone.now()

    key, _ = create_api_key(
        owner=UserFactory(),
        name="laptop",
        scopes=[Scope.READ],
        expires_at=None if asked_days is None else now + timedelta(days=asked_days),
        granted_by=ApiKey(scopes=["read", "manage"], expiry_date=now + timedelta(days=2)),
    )

    assert key.expiry_date == now + timedelta(days=given_days)


@pytest.mark.django_db
def test_revoke_api_key_is_final_and_may_be_repeated() -> None:
    key, _ = create_api_key(owner=UserFactory(), name="laptop")

    revoke_api_key(key=key)
    revoke_api_key(key=key)

    assert ApiKey.objects.get(pk=key.pk).revoked

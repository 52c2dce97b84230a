"""Fair order, batches, fences, and many workers at once."""

import os
import subprocess
import sys
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from generation.claim import claim_batch, give_back, something_is_queued
from generation.models import Job, Status
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, image_params
from tests.support.claimers import SUBMITTED_BY_EACH
from tests.support.mariadb import PrivateMariaDB

JOBS = 120
ROOT = Path(__file__).resolve().parents[2]


def claim_one(queues: tuple[str, ...] = ("cpu",), max_batch: int = 1) -> Job:
    claim = claim_batch(worker="worker-1", queues=queues, max_batch=max_batch)
    assert claim is not None
    assert len(claim.jobs) == 1
    return claim.jobs[0]


def claimed_by_eight(url: str, folder: Path, *arguments: str) -> list[str]:
    """Lines "worker job" of eight processes that claimed `JOBS` jobs at once."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.claimers", str(JOBS), "8", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "ATELIER_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def assert_each_once(lines: list[str]) -> None:
    jobs = Counter(line.split()[1] for line in lines)
    assert len(jobs) == JOBS
    assert set(jobs.values()) == {1}
    assert len({line.split()[0] for line in lines}) > 1, "one worker took everything: nothing was tested"


def test_claim_by_eight_processes_on_sqlite(tmp_path: Path) -> None:
    assert_each_once(claimed_by_eight(f"sqlite:///{tmp_path / 'claim.sqlite3'}", tmp_path))


def test_claim_by_eight_processes_on_mariadb(tmp_path: Path, mariadb: PrivateMariaDB) -> None:
    assert_each_once(claimed_by_eight(mariadb.create("claim"), tmp_path))


def test_whatever_workers_and_requests_do_to_each_other_on_mariadb(tmp_path: Path, mariadb: PrivateMariaDB) -> None:
    lines = claimed_by_eight(mariadb.create("storm"), tmp_path, "storm")

    def rows(query: str) -> list[tuple[Any, ...]]:
        return mariadb.execute(query, database="storm")

    ended = dict(rows("SELECT status, COUNT(*) FROM generation_job GROUP BY status"))
    assert sum(ended.values()) == JOBS + 8 * SUBMITTED_BY_EACH
    assert set(ended) <= {"succeeded", "cancelled"}
    # Said by one worker, once, and registered once.
    assert Counter(Counter(line.split()[1] for line in lines).values()) == {1: ended["succeeded"]}
    assert rows("SELECT COUNT(*), COUNT(DISTINCT job_id), COUNT(DISTINCT content_id) FROM generation_joboutput") == [
        (ended["succeeded"],) * 3
    ]
    # Counters that many wrote at once.
    [(jobs, seconds, stored)] = rows("SELECT SUM(jobs), SUM(engine_seconds), SUM(stored_bytes) FROM accounts_usage")
    assert (jobs, seconds, stored) == (8 * SUBMITTED_BY_EACH, ended["succeeded"], ended["succeeded"])


@pytest.mark.django_db
def test_claim_marks_the_row_and_counts_the_attempt() -> None:
    job = JobFactory()

    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)

    assert claim is not None
    job.refresh_from_db()
    assert (job.status, job.worker, job.attempt, job.claim_token) == (Status.RUNNING, "worker-1", 1, claim.token)
    assert job.heartbeat_at is not None
    assert job.started_at is not None


@pytest.mark.django_db
def test_claim_finds_nothing_in_other_queues() -> None:
    JobFactory(queue="gpu")

    assert claim_batch(worker="worker-1", queues=["cpu"], max_batch=1) is None
    assert not something_is_queued(["cpu"])
    assert something_is_queued(["gpu", "cpu"])


@pytest.mark.django_db
def test_claim_serves_the_owner_with_fewest_running_first() -> None:
    busy, quiet = UserFactory(), UserFactory()
    JobFactory(owner=busy, running=True)
    JobFactory(owner=busy, created_at=timezone.now() - timedelta(hours=1), priority=10)
    waiting = JobFactory(owner=quiet, priority=-10)

    assert claim_one() == waiting


@pytest.mark.django_db
def test_claim_serves_the_owner_served_longest_ago_first() -> None:
    recent, long_ago, never = UserFactory(), UserFactory(), UserFactory()
    JobFactory(owner=recent, succeeded=True)
    JobFactory(owner=long_ago, succeeded=True, started_at=timezone.now() - timedelta(days=1))
    expected = [JobFactory(owner=owner) for owner in (never, long_ago, recent)]

    taken = []
    for _ in expected:
        job = claim_one()
        taken.append(job)
        Job.objects.filter(id=job.id).update(
            status=Status.CANCELLED, claim_token=None, heartbeat_at=None, finished_at=timezone.now(), started_at=None
        )

    assert taken == expected


@pytest.mark.django_db
def test_claim_takes_turns_between_owners_with_many_jobs() -> None:
    first, second = UserFactory(), UserFactory()
    for number in range(6):
        JobFactory(owner=first, created_at=timezone.now() - timedelta(hours=2, minutes=number))
    for _ in range(2):
        JobFactory(owner=second)

    owners = [claim_one().owner_id for _ in range(4)]

    assert Counter(owners) == {first.id: 2, second.id: 2}


@pytest.mark.django_db
def test_claim_orders_one_owners_jobs_by_priority_then_age() -> None:
    owner, now = UserFactory(), timezone.now()
    old = JobFactory(owner=owner, created_at=now - timedelta(minutes=2))
    new = JobFactory(owner=owner, created_at=now)
    urgent = JobFactory(owner=owner, created_at=now, priority=5)

    assert [claim_one() for _ in range(3)] == [urgent, old, new]


@pytest.mark.django_db
def test_priority_of_one_owner_does_not_overtake_another() -> None:
    modest, pushy = UserFactory(), UserFactory()
    JobFactory(owner=pushy, succeeded=True)
    expected = JobFactory(owner=modest, priority=-10)
    JobFactory(owner=pushy, priority=10)

    assert claim_one() == expected


@pytest.mark.django_db
def test_batch_takes_along_what_shares_the_engine_call_and_no_more() -> None:
    first = JobFactory(batch_key="same", created_at=timezone.now() - timedelta(hours=1))
    mates = [JobFactory(batch_key="same") for _ in range(4)]
    JobFactory(batch_key="other")

    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=3)

    assert claim is not None
    assert len(claim.jobs) == 3
    assert {job.batch_key for job in claim.jobs} == {"same"}
    assert Job.objects.filter(status=Status.QUEUED, batch_key="same").count() == 2
    assert {job.claim_token for job in Job.objects.filter(status=Status.RUNNING)} == {claim.token}
    assert set(claim.jobs) <= {first, *mates}


@pytest.mark.django_db
def test_batch_counts_the_images_of_each_job() -> None:
    JobFactory(
        batch_key="same", params=image_params(number_of_images=3), created_at=timezone.now() - timedelta(hours=1)
    )
    too_many = JobFactory(batch_key="same", params=image_params(number_of_images=2))
    JobFactory(batch_key="same")

    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=4)

    assert claim is not None
    assert sum(job.params["number_of_images"] for job in claim.jobs) <= 4
    assert len(claim.jobs) == 2
    assert claim.jobs[0] != too_many or claim.jobs[1].params["number_of_images"] == 1


@pytest.mark.django_db
def test_giving_back_uses_no_attempt_and_touches_nothing_else() -> None:
    job, other = JobFactory(), JobFactory(running=True)
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)
    assert claim is not None

    assert give_back(claim) == 1

    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.status, job.attempt, job.claim_token, job.worker) == (Status.QUEUED, 0, None, "")
    assert other.status == Status.RUNNING


@pytest.mark.django_db
def test_giving_back_after_another_worker_took_the_job_changes_nothing() -> None:
    job = JobFactory()
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)
    assert claim is not None
    Job.objects.filter(id=job.id).update(claim_token=uuid.uuid4(), worker="worker-2", attempt=2)

    assert give_back(claim) == 0

    job.refresh_from_db()
    assert (job.status, job.worker, job.attempt) == (Status.RUNNING, "worker-2", 2)

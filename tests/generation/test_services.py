"""Submitting, cancelling and giving back jobs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from accounts.errors import QuotaReached
from accounts.models import Quota, Usage, User
from generation.cancellation import cancelled_among
from generation.couriers import couriers_waiting
from generation.errors import IdempotencyConflict, JobFinished, ModelNotFound, NoWorker, QueueFull
from generation.models import Job, Status
from generation.reaper import reap
from generation.services import cancel, release_worker, submit
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, image_params
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> User:
    announce_worker()
    return UserFactory()


def submit_image(owner: User, **changes: Any) -> Job:
    return submit(owner=owner, kind="image", **{"params": image_params(), **changes})


def test_submit_writes_the_row_and_sends_a_courier(owner: User) -> None:
    job = submit_image(owner, priority=3, visibility="public")

    job.refresh_from_db()
    assert (job.status, job.queue, job.attempt, job.priority, job.visibility) == ("queued", "cpu", 0, 3, "public")
    assert job.steps == 4
    assert job.checkpoint.default_for == "image"
    assert couriers_waiting("cpu") == 1
    assert Usage.objects.get(user=owner).jobs == 1


def test_submit_in_a_transaction_that_fails_sends_no_courier(owner: User) -> None:
    def submit_and_fail() -> None:
        with transaction.atomic():
            submit_image(owner)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        submit_and_fail()

    assert not Job.objects.exists()
    assert couriers_waiting("cpu") == 0


def test_submit_without_seed_draws_one_in_range(owner: User) -> None:
    seeds = {submit_image(owner, params=image_params(seed=None)).params["seed"] for _ in range(8)}

    assert len(seeds) > 1
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_submit_twice_with_one_idempotency_key_is_one_job(owner: User) -> None:
    params = image_params(seed=None)

    first, second = (submit_image(owner, params=params, idempotency_key="k") for _ in range(2))

    assert first == second
    assert first.params["seed"] == second.params["seed"]
    assert Job.objects.count() == 1


def test_submit_with_the_key_of_another_request_is_a_conflict(owner: User) -> None:
    submit_image(owner, idempotency_key="k")

    with pytest.raises(IdempotencyConflict):
        submit_image(owner, idempotency_key="k", params=image_params(prompt="something else"))


def test_idempotency_keys_of_two_owners_do_not_meet(owner: User) -> None:
    first = submit_image(owner, idempotency_key="k")
    second = submit_image(UserFactory(), idempotency_key="k")

    assert first != second


def test_fifty_submits_at_once_with_one_key_are_one_job(owner: User) -> None:
    def once(_: int) -> Job:
        try:
            return submit_image(owner, idempotency_key="k", params=image_params(seed=None))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        jobs = list(pool.map(once, range(50)))

    assert len({job.id for job in jobs}) == 1
    assert Job.objects.count() == 1
    assert Usage.objects.get(user=owner).jobs == 1


def test_submit_beyond_the_quota_says_so_and_keeps_nothing(owner: User) -> None:
    Quota.objects.create(user=owner, active_jobs=1)
    submit_image(owner)

    with pytest.raises(QuotaReached) as refusal:
        submit_image(owner)

    assert refusal.value.retry_after
    assert Job.objects.count() == 1


def test_submit_for_an_unknown_model_is_not_found(owner: User) -> None:
    with pytest.raises(ModelNotFound):
        submit_image(owner, model="no-such-model")


def test_submit_to_a_full_queue_is_refused(owner: User, settings: LazySettings) -> None:
    settings.QUEUE_LIMIT = 2
    for _ in range(2):
        JobFactory()

    with pytest.raises(QueueFull) as refusal:
        submit_image(owner)

    assert refusal.value.retry_after


def test_submit_without_a_worker_is_refused() -> None:
    with pytest.raises(NoWorker) as refusal:
        submit_image(UserFactory())

    assert refusal.value.retry_after


def test_submit_without_redis_keeps_the_row(owner: User, redis_away: Callable[[], None]) -> None:
    redis_away()

    job = submit_image(owner)

    assert Job.objects.get() == job


@pytest.mark.parametrize("state", [{}, {"running": True}])
def test_cancel_ends_a_live_job_at_once(state: dict[str, bool]) -> None:
    job = cancel(job=JobFactory(**state))

    assert (job.status, job.claim_token) == (Status.CANCELLED, None)
    assert job.finished_at is not None
    assert cancelled_among([job.id]) == {job.id}


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_cancel_of_an_ended_job_is_refused(state: str) -> None:
    job = JobFactory(**{state: True})

    with pytest.raises(JobFinished):
        cancel(job=job)


def test_release_worker_queues_its_jobs_again_and_no_others() -> None:
    gone, other = JobFactory(running=True, worker="gone"), JobFactory(running=True, worker="other")

    assert release_worker(worker="gone") == 1

    gone.refresh_from_db()
    other.refresh_from_db()
    assert (gone.status, gone.attempt) == (Status.QUEUED, 1)
    assert other.status == Status.RUNNING
    assert couriers_waiting("cpu") == 1


def test_a_job_that_lost_its_worker_too_often_fails_visibly(settings: LazySettings) -> None:
    settings.JOB_MAX_ATTEMPTS = 3
    job = JobFactory(running=True, attempt=3, worker="gone")

    release_worker(worker="gone")

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.FAILED, "worker_died")
    assert job.error_message


def test_reap_queues_stale_claims_and_leaves_fresh_ones(settings: LazySettings) -> None:
    stale = JobFactory(stale=True)
    fresh = JobFactory(running=True, heartbeat_at=timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS / 2))

    assert reap() == 1

    stale.refresh_from_db()
    fresh.refresh_from_db()
    assert (stale.status, fresh.status) == (Status.QUEUED, Status.RUNNING)


def test_reap_sends_couriers_for_rows_that_nobody_was_told_of() -> None:
    for _ in range(3):
        JobFactory()

    reap()
    reap()

    assert couriers_waiting("cpu") == 3


def test_a_terminal_row_without_finish_time_cannot_exist() -> None:
    with pytest.raises(IntegrityError):
        JobFactory(status=Status.SUCCEEDED)


def test_a_running_row_without_claim_cannot_exist() -> None:
    with pytest.raises(IntegrityError):
        JobFactory(status=Status.RUNNING)

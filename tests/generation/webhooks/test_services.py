"""Deliveries are written with the end of their job, asked for again, and signed with secrets that nobody reads."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from accounts.models import User
from common.encryption import WrongKey
from generation.claim import claim_batch
from generation.errors import IdempotencyConflict, JobFinished
from generation.models import Checkpoint, Job, Status, WebhookDelivery, WebhookSecret
from generation.reaper import reap
from generation.runner import run_claim
from generation.services import cancel, submit
from generation.webhooks.errors import NoWebhookSecret
from generation.webhooks.services import replay, rotate_secret, signing_secrets
from generation.webhooks.signing import signed_headers
from generation.workshop import Workshop
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, WebhookDeliveryFactory, image_params
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://hooks.example/atelier"


def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


# ---- one row for each end -------------------------------------------------------------------------------------------


def assert_announced(job: Job, status: str) -> None:
    job.refresh_from_db()
    delivery = only_delivery()
    assert (job.status, delivery.job, delivery.event, delivery.url) == (status, job, status, URL)
    assert (delivery.status, delivery.attempts, delivery.claim_token) == ("pending", 0, None)
    assert delivery.next_try_at is not None
    assert delivery.next_try_at <= timezone.now()
    assert delivery.give_up_at - delivery.created_at == timedelta(days=1)


@pytest.mark.parametrize("state", [{}, {"running": True}])
def test_cancelling_announces_it(state: dict[str, bool]) -> None:
    job = JobFactory(webhook=URL, **state)

    cancel(job=job)

    assert_announced(job, "cancelled")
    with pytest.raises(JobFinished):
        cancel(job=job)
    assert WebhookDelivery.objects.count() == 1


def test_job_whose_worker_died_too_often_announces_its_failure(settings: Any) -> None:
    job = JobFactory(stale=True, attempt=settings.JOB_MAX_ATTEMPTS, webhook=URL)

    reap()
    reap()

    assert_announced(job, "failed")


def test_job_that_is_queued_again_announces_nothing() -> None:
    JobFactory(stale=True, webhook=URL)

    reap()

    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("broken", [False, True])
def test_runner_announces_success_and_failure(tiny_pipeline: Path, tmp_path: Path, broken: bool) -> None:
    source = str(tmp_path / "nothing") if broken else str(tiny_pipeline)
    Checkpoint.objects.filter(default_for="image").update(source=source, revision="", native_size=64)
    job = JobFactory(webhook=URL, params=image_params(num_inference_steps=1))
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)
    assert claim is not None

    run_claim(claim, workshop=Workshop(), stopping=threading.Event())

    assert_announced(job, "failed" if broken else "succeeded")


def test_worker_that_lost_its_claim_announces_nothing(tiny_pipeline: Path) -> None:
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)
    job = JobFactory(webhook=URL, params=image_params(num_inference_steps=1))
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)
    assert claim is not None
    cancel(job=job)

    run_claim(claim, workshop=Workshop(), stopping=threading.Event())

    assert_announced(job, "cancelled")


def test_row_and_end_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    job = JobFactory(webhook=URL)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(WebhookDelivery.objects, "create", fail)
    with pytest.raises(RuntimeError):
        cancel(job=job)

    job.refresh_from_db()
    assert job.status == Status.QUEUED


def test_end_that_is_rolled_back_is_not_announced() -> None:
    job = JobFactory(webhook=URL)

    def cancel_and_fail() -> None:
        with transaction.atomic():
            cancel(job=job)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cancel_and_fail()

    assert not WebhookDelivery.objects.exists()


def test_job_without_a_webhook_announces_nothing() -> None:
    cancel(job=JobFactory())

    assert not WebhookDelivery.objects.exists()


# ---- submitting -----------------------------------------------------------------------------------------------------


@pytest.fixture
def owner() -> User:
    announce_worker()
    return UserFactory()


def submit_image(owner: User, **changes: Any) -> Job:
    return submit(owner=owner, kind="image", params=image_params(), **changes)


def test_submit_without_a_secret_is_refused(owner: User) -> None:
    with pytest.raises(NoWebhookSecret):
        submit_image(owner, webhook=URL)

    assert not Job.objects.exists()


def test_submit_keeps_the_url(owner: User) -> None:
    rotate_secret(owner=owner)

    assert submit_image(owner, webhook=URL).webhook == URL
    assert submit_image(owner).webhook == ""


def test_same_idempotency_key_with_another_webhook_is_another_request(owner: User) -> None:
    rotate_secret(owner=owner)
    first = submit_image(owner, webhook=URL, idempotency_key="k")

    assert submit_image(owner, webhook=URL, idempotency_key="k") == first
    for other in ("https://elsewhere.example/", ""):
        with pytest.raises(IdempotencyConflict):
            submit_image(owner, webhook=other, idempotency_key="k")


# ---- replay ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["delivered", "given_up", "waiting", "lost"])
def test_replay_begins_anew(state: str) -> None:
    delivery = WebhookDeliveryFactory(**{state: True}, attempts=13, give_up_at=timezone.now() - timedelta(days=3))

    again = replay(delivery=delivery)

    assert again.id == delivery.id
    assert (again.status, again.attempts, again.claim_token, again.delivered_at) == ("pending", 0, None, None)
    assert again.next_try_at is not None
    assert again.next_try_at <= timezone.now()
    assert again.give_up_at - timezone.now() > timedelta(hours=23)


def test_replay_of_one_under_way_changes_nothing() -> None:
    delivery = WebhookDeliveryFactory(under_way=True)

    again = replay(delivery=delivery)

    assert again.claim_token == delivery.claim_token
    assert again.next_try_at == delivery.next_try_at


# ---- secrets --------------------------------------------------------------------------------------------------------


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Call it to let time pass for the services."""

    def shift(by: timedelta) -> None:
        now = timezone.now()
        monkeypatch.setattr("generation.webhooks.services.timezone.now", lambda: now + by)

    return shift


def verify(secret: str, secrets: list[str]) -> None:
    stamp = int(timezone.now().timestamp())
    Webhook(secret).verify(b"{}", signed_headers(message_id="1", timestamp=stamp, body=b"{}", secrets=secrets))


def test_secret_is_encrypted_in_the_row() -> None:
    row, text = rotate_secret(owner=UserFactory())

    row.refresh_from_db()
    assert text not in row.encrypted
    assert text.removeprefix("whsec_") not in row.encrypted
    assert signing_secrets(owner=row.owner) == [text]


def test_rotated_secret_signs_along_for_a_day(later: Callable[[timedelta], None]) -> None:
    owner = UserFactory()
    _, first = rotate_secret(owner=owner)
    _, second = rotate_secret(owner=owner)

    assert signing_secrets(owner=owner) == [second, first]
    verify(first, signing_secrets(owner=owner))
    verify(second, signing_secrets(owner=owner))

    later(timedelta(hours=23, minutes=59))
    assert len(signing_secrets(owner=owner)) == 2
    later(timedelta(days=1))
    assert signing_secrets(owner=owner) == [second]
    assert WebhookSecret.objects.count() == 1


def test_secret_of_another_secret_key_cannot_be_read(settings: Any) -> None:
    owner = UserFactory()
    _, text = rotate_secret(owner=owner)
    earlier, settings.SECRET_KEY = settings.SECRET_KEY, "another-" + "x" * 50

    with pytest.raises(WrongKey):
        signing_secrets(owner=owner)

    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert signing_secrets(owner=owner) == [text]


def test_nobody_signs_without_a_secret() -> None:
    with pytest.raises(NoWebhookSecret):
        signing_secrets(owner=UserFactory())

"""Jobs, outputs and checkpoints in the admin: looked at, not written."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from generation.models import Checkpoint, DeliveryStatus, Job, Status
from generation.presence import WorkerInfo, announce, announce_housekeeper, announce_queues
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, PersonalModelFactory, WebhookDeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Client:
    client = Client()
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("model", ["job", "joboutput", "checkpoint", "webhookdelivery", "personalmodel"])
def test_list_and_search(administrator: Client, model: str) -> None:
    WebhookDeliveryFactory()
    PersonalModelFactory()

    assert administrator.get(f"/admin/generation/{model}/").status_code == 200
    assert administrator.get(f"/admin/generation/{model}/?q=x").status_code == 200
    assert administrator.get(f"/admin/generation/{model}/add/").status_code == 403


def test_rows_are_shown_and_not_changed(administrator: Client) -> None:
    job = JobFactory()
    checkpoint = Checkpoint.objects.get(default_for="image")

    for path in (f"/admin/generation/job/{job.id}/change/", f"/admin/generation/checkpoint/{checkpoint.pk}/change/"):
        assert administrator.get(path).status_code == 200
        assert administrator.post(path, {"status": "failed", "slug": "x"}).status_code == 403

    assert Job.objects.get().status == "queued"


def test_address_of_a_webhook_is_not_shown(administrator: Client) -> None:
    delivery = WebhookDeliveryFactory(url="https://hooks.example/?token=open-sesame", given_up=True)

    for path in (f"job/{delivery.job.id}", f"webhookdelivery/{delivery.id}"):
        page = administrator.get(f"/admin/generation/{path}/change/")
        assert page.status_code == 200
        assert "open-sesame" not in page.text


def act(client: Client, model: str, action: str, *rows: Any) -> str:
    """Run an action on rows; what the next page says."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(f"/admin/generation/{model}/", data, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_jobs_are_cancelled(administrator: Client) -> None:
    waiting, ended = JobFactory(), JobFactory(succeeded=True)

    said = act(administrator, "job", "cancel", waiting, ended)

    assert "Cancelled: 1." in said
    assert str(ended.id) in said
    waiting.refresh_from_db()
    ended.refresh_from_db()
    assert (waiting.status, ended.status) == (Status.CANCELLED, Status.SUCCEEDED)


def test_jobs_are_queued_again(administrator: Client) -> None:
    announce_queues(["cpu"], by="somebody")
    running, failed, waiting = JobFactory(running=True), JobFactory(failed=True), JobFactory()

    assert "Queued again: 3." in act(administrator, "job", "requeue", running, failed, waiting)

    running.refresh_from_db()
    failed.refresh_from_db()
    assert (running.status, running.worker, running.claim_token) == (Status.QUEUED, "", None)
    assert failed.status == Status.FAILED
    again = Job.objects.exclude(id__in=(running.id, failed.id, waiting.id)).get()
    assert (again.owner, again.params, again.status) == (failed.owner, failed.params, Status.QUEUED)


def test_a_job_that_nobody_serves_says_so_and_stays(administrator: Client) -> None:
    failed = JobFactory(failed=True)

    said = act(administrator, "job", "requeue", failed)

    assert "Queued again: 0." in said
    assert str(failed.id) in said
    assert Job.objects.count() == 1


def test_messages_are_sent_again(administrator: Client) -> None:
    delivery = WebhookDeliveryFactory(given_up=True)

    assert "Sent again: 1." in act(administrator, "webhookdelivery", "replay", delivery)

    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.PENDING


def test_who_may_only_look_is_offered_no_action() -> None:
    client, user = Client(), UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    job = JobFactory()

    assert 'value="cancel"' not in client.get("/admin/generation/job/").text
    act(client, "job", "cancel", job)

    job.refresh_from_db()
    assert job.status == Status.QUEUED


def test_board_shows_workers_and_queues(administrator: Client) -> None:
    job = JobFactory(running=True, step=3, steps=30)
    JobFactory(queue="gpu", created_at=timezone.now() - timedelta(seconds=90))
    announce(
        WorkerInfo(
            "one", "<host>", 7, ["cpu", "gpu"], True, "cuda:0", ["demo-sd"], 3 * 2**30, [str(job.id), str(uuid.uuid4())]
        )
    )
    announce_housekeeper("tidy")

    page = administrator.get("/admin/generation/job/workers/").text
    part = administrator.get("/admin/generation/job/workers/", headers={"HX-Request": "true"}).text

    for shown in ("&lt;host&gt;, process 7", "cpu, gpu", "cuda:0", "demo-sd", "3.0", "3/30", "tidy", "9"):
        assert shown in page
        assert shown in part
    assert "<html" in page
    assert "<html" not in part
    assert f"/admin/generation/job/{job.id}/change/" in part


def test_board_says_what_to_start_where_nobody_is(administrator: Client) -> None:
    page = administrator.get("/admin/generation/job/workers/").text

    assert "No inference worker is there." in page
    assert "No housekeeper is there" in page
    assert "No job waits or runs." in page


def test_board_does_without_redis(administrator: Client, redis_away: Callable[[], None]) -> None:
    redis_away()

    assert "Redis is away" in administrator.get("/admin/generation/job/workers/").text


def test_side_bar_leads_to_what_one_may_see(administrator: Client) -> None:
    page = administrator.get("/admin/").text
    for path in ("generation/job/", "generation/job/workers/", "content/takedown/", "accounts/apikey/"):
        assert f'href="/admin/{path}"' in page

    client = Client()
    client.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    assert 'href="/admin/generation/job/' not in client.get("/admin/").text


def test_board_is_not_for_everybody(client: Client) -> None:
    assert client.get("/admin/generation/job/workers/").status_code == 302
    client.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/generation/job/workers/").status_code == 403

"""The card of one job, and what can be done with it."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import Quota, User
from generation import services
from generation.models import CAPABILITY_OF_KIND, Checkpoint, Job, JobKind, Status
from generation.services import cancel
from generation.webhooks.services import rotate_secret
from tests.factories.generation import JobFactory, image_params
from tests.support.pages import UNKNOWN_CID, post, without_token


def test_card_is_the_state_of_one_job(page: Client, user: User) -> None:
    job = JobFactory(owner=user, running=True, step=1)

    text = page.get(f"/studio/jobs/{job.id}", headers={"HX-Request": "true"}).text

    assert text.count('data-job="') == 1
    assert "Step 1 of 4" in text


def test_cancel_ends_the_job_and_shows_it(page: Client, user: User) -> None:
    job = JobFactory(owner=user)

    answer = post(page, f"/studio/jobs/{job.id}/cancel", {}, htmx=True)

    assert 'data-status="cancelled"' in answer.text
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


@pytest.mark.parametrize(("kind", "form"), [("image", ""), ("music", "?make=music")])
def test_cancel_without_htmx_leads_back_to_the_job(page: Client, user: User, kind: str, form: str) -> None:
    job = JobFactory(owner=user, kind=kind)

    assert post(page, f"/studio/jobs/{job.id}/cancel", {}).headers["Location"] == f"/{form}#job-{job.id}"


def test_cancel_of_a_job_that_has_ended_shows_how_it_ended(page: Client, user: User) -> None:
    job = JobFactory(owner=user)
    cancel(job=job)

    answer = post(page, f"/studio/jobs/{job.id}/cancel", {}, htmx=True)

    assert answer.status_code == 200
    assert "Cancelled." in answer.text


def test_try_again_submits_the_same_request_as_a_new_job(page: Client, user: User, served: None) -> None:
    failed = JobFactory(owner=user, failed=True)

    answer = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)

    again = Job.objects.exclude(id=failed.id).get()
    assert f'id="job-{again.id}"' in answer.text
    assert again.params == failed.params
    assert again.status == Status.QUEUED


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("image_to_image", {"image": UNKNOWN_CID, "mask": UNKNOWN_CID, "strength": 1.0, "labels": ["a"]}),
        ("text", {"messages": [{"role": "user", "content": "Hello"}], "stop": ["END"], "max_tokens": 5}),
    ],
)
def test_try_again_keeps_all_that_was_asked_for(
    page: Client, user: User, served: None, kind: str, params: dict[str, Any]
) -> None:
    rotate_secret(owner=user)
    asked = {"visibility": "public", "priority": 3, "webhook": "https://hooks.example/atelier"}
    checkpoint = Checkpoint.objects.get(default_for=CAPABILITY_OF_KIND[JobKind(kind)])
    params = image_params(**params)
    failed = JobFactory(owner=user, failed=True, kind=kind, checkpoint=checkpoint, params=params, **asked)

    page.post(f"/studio/jobs/{failed.id}/repeat")

    again = Job.objects.exclude(id=failed.id).get()
    assert again.params == failed.params
    assert {name: getattr(again, name) for name in asked} == asked


def test_try_again_without_a_worker_says_why_not(page: Client, user: User) -> None:
    failed = JobFactory(owner=user, failed=True)

    by_htmx = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)
    plain = page.post(f"/studio/jobs/{failed.id}/repeat", follow=True)

    assert "No worker that can do this is running." in by_htmx.text
    assert "No worker that can do this is running." in plain.text
    assert Job.objects.count() == 1


@pytest.mark.parametrize("action", ["", "/cancel", "/repeat"])
def test_job_of_another_is_not_found_like_an_unknown_one(page: Client, served: None, action: str) -> None:
    foreign = JobFactory()
    call = page.post if action else page.get

    answers = [call(f"/studio/jobs/{job_id}{action}") for job_id in (foreign.id, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_token(answers[0].text) == without_token(answers[1].text)
    foreign.refresh_from_db()
    assert foreign.status == Status.QUEUED


@pytest.mark.parametrize(
    ("size", "shown"), [("", 12), ("5", 12), ("20", 20), ("999", 60), ("1000", 12), ("-1", 12), ("x", 12), ("²", 12)]
)
def test_tray_shows_as_many_jobs_as_asked_within_bounds(page: Client, user: User, size: str, shown: int) -> None:
    JobFactory.create_batch(61, owner=user)

    assert page.get("/studio/tray", {"size": size}).text.count('data-job="') == shown


def test_try_again_counts_against_the_quota(page: Client, user: User, served: None) -> None:
    failed = JobFactory(owner=user, failed=True)
    Quota.objects.create(user=user, active_jobs=1)
    services.submit(owner=user, kind="image", params=image_params())

    answer = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)

    assert 'role="alert"' in answer.text
    assert Job.objects.filter(status=Status.QUEUED).count() == 1

"""Jobs, outputs and checkpoints in the admin: looked at, not written."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from generation import orders
from generation.models import Checkpoint, DeliveryStatus, Job, Status
from generation.orders import Order, State, Wish
from generation.presence import WorkerInfo, announce, announce_housekeeper, announce_queues
from tests.factories.accounts import QuotaFactory, UserFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory, WebhookDeliveryFactory
from tests.support.clients import KeyClient
from tests.support.jobs import announce_worker
from tests.support.pages import MOST_QUERIES

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


def rows(*slugs: str) -> list[Checkpoint]:
    return [Checkpoint.objects.get(slug=slug) for slug in slugs]


def test_quota_that_was_changed_is_obeyed_at_once(administrator: Client) -> None:
    announce_worker()
    user = UserFactory()
    QuotaFactory(user=user, jobs_per_day=1)
    asked = {"kind": "image", "params": {"prompt": "a boat"}}

    def ask() -> int:
        return KeyClient(user).post("/api/v1/jobs", asked, content_type="application/json").status_code

    assert [ask(), ask()] == [202, 429]

    quota = f"/admin/accounts/quota/{user.quota.pk}/change/"
    assert "Empty: 5000." in administrator.get(quota).text
    administrator.post(quota, {"jobs_per_day": "2"})
    assert [ask(), ask()] == [202, 429]


def test_models_are_loaded_and_unloaded(administrator: Client) -> None:
    announce_worker(name="w1")
    personal = PersonalModelFactory(alias="face")
    loaded = rows("demo-musicgen", "demo-clip")

    for wish in ("load", "unload"):
        said = act(administrator, "checkpoint", wish, *loaded)
        assert f"demo-musicgen: w1 will {wish} it, between two jobs." in said
        assert f"demo-clip: w1 will {wish} it, between two jobs." in said
        assert "/admin/generation/job/workers/" in said
        assert "face: w1 will" in act(administrator, "personalmodel", wish, personal)
    assert "had been told to unload it already" in act(administrator, "checkpoint", "unload", *loaded)

    assert {(order.name, order.wish) for order in orders.recent()} == {
        ("demo-musicgen", "unload"),
        ("demo-clip", "unload"),
        ("face", "unload"),
    }


def test_nobody_can_load_where_nobody_is(administrator: Client, redis_away: Callable[[], None]) -> None:
    row = rows("demo-clip")

    assert "demo-clip: No worker that serves the queue cpu is there." in act(administrator, "checkpoint", "load", *row)
    redis_away()
    assert "demo-clip: Redis is away" in act(administrator, "checkpoint", "load", *row)
    assert "not known" in administrator.get("/admin/generation/checkpoint/").text


def test_default_is_chosen_and_left_to_the_settings(administrator: Client) -> None:
    other = Checkpoint.objects.create(slug="other", capability="text", engine="text", family="x", source="/x")
    own = Checkpoint.objects.get(default_for="text")

    assert "Made the default: 1." in act(administrator, "checkpoint", "make_default", other)
    assert "chosen here" in administrator.get("/admin/generation/checkpoint/").text
    assert "Choose one for each capability." in act(administrator, "checkpoint", "make_default", own, other)
    assert Checkpoint.objects.get(default_for="text") == other

    assert f"Text: {own}, as the settings say." in act(administrator, "checkpoint", "leave_to_settings", other)
    assert "Text: the settings decide already." in act(administrator, "checkpoint", "leave_to_settings", own)
    assert Checkpoint.objects.get(default_for="text") == own


def test_who_may_only_look_steers_no_model() -> None:
    announce_worker()
    client, user = Client(), UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_checkpoint"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    row = rows("demo-musicgen")
    Checkpoint.objects.create(slug="other", capability="music", engine="music", family="x", source="/x")

    for action in ("load", "unload", "make_default", "leave_to_settings"):
        assert f'value="{action}"' not in client.get("/admin/generation/checkpoint/").text
        act(client, "checkpoint", action, *row)

    assert orders.recent() == []
    assert not Checkpoint.objects.exclude(chosen_for=None).exists()


def test_lists_say_who_holds_a_model(administrator: Client) -> None:
    personal = PersonalModelFactory(kind="pipeline", source="folder:mine")
    announce_worker(name="w-holder", models=["demo-clip", personal.source])

    assert administrator.get("/admin/generation/checkpoint/").text.count("w-holder") == 1
    assert administrator.get("/admin/generation/personalmodel/").text.count("w-holder") == 1


def test_board_says_how_far_orders_are(administrator: Client) -> None:
    here = WorkerInfo("w1", "here", 7, ["cpu"], True, jobs=[str(uuid.uuid4())])
    announce(here)
    live = [here, WorkerInfo("gone", "here", 8, ["cpu"])]
    for name, number in (("waits", 1), ("fails", 2), ("dies", 3)):
        orders.send(Order("w1" if name != "dies" else "gone", Wish.LOAD, name, number), live)
    orders.send(Order("w1", Wish.UNLOAD, "<b>one</b>", 4), live)
    taken = [orders.take("w1", host="here", pid=7) for _ in range(3)]
    assert orders.take("gone", host="here", pid=8)
    for order in taken:
        if order is not None and order.name == "fails":
            orders.report(order, State.FAILED, "It has 100 of 700 bytes.")
        elif order is not None and order.name == "waits":
            orders.send(Order("w1", Wish.UNLOAD, "waits", 1), live)

    part = administrator.get("/admin/generation/job/workers/", headers={"HX-Request": "true"}).text

    said = " ".join(part.split())
    for shown in (
        'Unload waits</span> on w1, 0 s ago: <span class="">waiting</span>. The worker does it after the job',
        "failed</span>. It has 100 of 700 bytes.",
        "Load dies</span> on gone",
        "failed</span>. The worker ended while it did this.",
        "Unload &lt;b&gt;one&lt;/b&gt;</span> on w1",
        "under way</span>",
    ):
        assert shown in said, shown


@pytest.mark.parametrize(
    "path", ["job", "joboutput", "checkpoint", "personalmodel", "webhookdelivery", "job/workers"], ids=str
)
def test_lists_need_few_queries(administrator: Client, path: str, django_assert_max_num_queries: Any) -> None:
    for _ in range(8):
        PersonalModelFactory()
        WebhookDeliveryFactory()
        JobOutputFactory()
    administrator.get(f"/admin/generation/{path}/")

    with django_assert_max_num_queries(MOST_QUERIES):
        assert administrator.get(f"/admin/generation/{path}/").status_code == 200

"""`/api/v1/jobs` with a webhook, its deliveries and their replay, and `/api/v1/me/webhook-secret`."""

import uuid
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from accounts.models import Scope, User
from generation.models import Job, WebhookDelivery, WebhookSecret
from generation.webhooks.dispatch import claim_due, deliver
from generation.webhooks.services import rotate_secret
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, WebhookDeliveryFactory
from tests.support.clients import KeyClient, post_json
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db

SECRET = "/api/v1/me/webhook-secret"
IMAGE = {"kind": "image", "params": {"prompt": "a red circle", "width": 256, "height": 256}}
DELIVERY_FIELDS = [
    "attempts",
    "created_at",
    "delivered_at",
    "event",
    "id",
    "last_error",
    "last_status",
    "next_try_at",
    "status",
    "url",
]


@pytest.fixture
def manager(user: User) -> KeyClient:
    return KeyClient(user, *Scope)


class TestSecret:
    def test_shown_once(self, manager: KeyClient) -> None:
        assert manager.get(SECRET).json() == {"exists": False, "created_at": None}

        made = manager.post(SECRET)

        assert made.status_code == 201
        assert sorted(made.json()) == ["created_at", "secret"]
        assert made.json()["secret"].startswith("whsec_")
        assert made["Cache-Control"] == "no-store"
        assert manager.get(SECRET).json() == {"exists": True, "created_at": made.json()["created_at"]}

    def test_rotation_makes_another(self, manager: KeyClient) -> None:
        first, second = (manager.post(SECRET).json() for _ in range(2))

        assert first["secret"] != second["secret"]
        assert datetime.fromisoformat(first["created_at"]) < datetime.fromisoformat(second["created_at"])
        assert WebhookSecret.objects.count() == 1

    def test_of_each_user_their_own(self, manager: KeyClient) -> None:
        manager.post(SECRET)

        assert KeyClient(UserFactory()).get(SECRET).json()["exists"] is False

    def test_scopes_and_credentials(self, user: User) -> None:
        maker = KeyClient(user, Scope.READ, Scope.GENERATE)

        assert maker.get(SECRET).status_code == 200
        assert maker.post(SECRET).status_code == 403
        assert KeyClient(user, Scope.MANAGE).get(SECRET).status_code == 403
        for answer in (Client().get(SECRET), Client().post(SECRET)):
            assert answer.status_code == 401
        assert not WebhookSecret.objects.exists()


@pytest.mark.usefixtures("served")
class TestSubmitting:
    def test_url_is_kept_and_not_shown(self, client: KeyClient, user: User) -> None:
        rotate_secret(owner=user)

        answer = post_json(client, "/api/v1/jobs", {**IMAGE, "webhook": "https://hooks.example/a?token=b"})

        assert answer.status_code == 202
        assert "hooks.example" not in answer.text
        assert Job.objects.get().webhook == "https://hooks.example/a?token=b"

    def test_without_a_secret(self, client: KeyClient) -> None:
        answer = post_json(client, "/api/v1/jobs", {**IMAGE, "webhook": "https://hooks.example/"})

        assert (answer.status_code, answer.json()["code"]) == (400, "no_webhook_secret")
        sentence = "'webhook' needs a secret that signs it: make one with POST /api/v1/me/webhook-secret."
        assert answer.json()["errors"] == {"webhook": [sentence]}
        assert not Job.objects.exists()

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            (7, "'webhook' must be a string."),
            (None, "'webhook' must be a string."),
            ("", "'webhook' must be a string."),
            ("x" * 2001, "'webhook' must be between 1 and 2000 characters."),
            ("ftp://hooks.example/", "'webhook' must be an http or https address, in ASCII and without spaces."),
            ("https://ada:pw@hooks.example/", "'webhook' must not hold a user name or password: the signature says"),
            ("http://169.254.169.254/", "'webhook' must lead to a public address, unless WEBHOOK_ALLOWED_NETWORKS"),
            ("http://[::1]:8000/", "'webhook' must lead to a public address, unless WEBHOOK_ALLOWED_NETWORKS"),
            ("http://127.1/", "'webhook' must lead to a public address, unless WEBHOOK_ALLOWED_NETWORKS"),
        ],
    )
    def test_url_that_cannot_be(self, client: KeyClient, user: User, url: Any, sentence: str) -> None:
        rotate_secret(owner=user)

        answer = post_json(client, "/api/v1/jobs", {**IMAGE, "webhook": url})

        assert answer.status_code == 400
        (said,) = answer.json()["errors"]["webhook"]
        assert said.startswith(sentence)
        assert not Job.objects.exists()

    def test_network_that_the_operator_allows(self, client: KeyClient, user: User, settings: Any) -> None:
        settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]
        rotate_secret(owner=user)

        assert post_json(client, "/api/v1/jobs", {**IMAGE, "webhook": "http://10.1.2.3/"}).status_code == 202

    def test_end_of_the_job_reaches_the_receiver(self, client: KeyClient, manager: KeyClient, settings: Any) -> None:
        settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
        secret = manager.post(SECRET).json()["secret"]
        with Receiver() as receiver:
            job = post_json(client, "/api/v1/jobs", {**IMAGE, "webhook": receiver.url}).json()
            cancelled = client.post(job["urls"]["cancel"]).json()
            for claimed in claim_due(limit=1):
                deliver(claimed)

        (message,) = receiver.messages
        body = Webhook(secret).verify(message.body, message.headers)
        assert (body["id"], body["status"]) == (job["id"], "cancelled")
        assert sorted(body) == sorted(cancelled)
        (delivery,) = client.get(f"/api/v1/jobs/{job['id']}/webhooks").json()["results"]
        assert (delivery["status"], delivery["event"], delivery["attempts"]) == ("delivered", "cancelled", 1)


class TestDeliveries:
    def test_list_of_a_job(self, client: KeyClient, user: User) -> None:
        job = JobFactory(owner=user, failed=True)
        row = WebhookDeliveryFactory(job=job, attempts=2, last_status=500, last_error="The receiver answered 500.")
        WebhookDeliveryFactory(job=JobFactory(owner=user, succeeded=True))

        body = client.get(f"/api/v1/jobs/{job.id}/webhooks").json()

        assert sorted(body) == ["next", "previous", "results"]
        (shown,) = body["results"]
        assert sorted(shown) == DELIVERY_FIELDS
        assert (shown["id"], shown["url"], shown["event"]) == (str(row.id), row.url, "failed")
        assert (shown["status"], shown["attempts"], shown["last_status"]) == ("pending", 2, 500)
        assert shown["last_error"] == "The receiver answered 500."
        assert (shown["next_try_at"] is None, shown["delivered_at"]) == (False, None)

    def test_job_without_a_webhook(self, client: KeyClient, user: User) -> None:
        job = JobFactory(owner=user)

        assert client.get(f"/api/v1/jobs/{job.id}/webhooks").json()["results"] == []

    @pytest.mark.parametrize("state", ["delivered", "given_up", "waiting"])
    def test_replay(self, client: KeyClient, user: User, state: str) -> None:
        row = WebhookDeliveryFactory(job=JobFactory(owner=user, succeeded=True), **{state: True}, attempts=13)

        answer = client.post(f"/api/v1/jobs/{row.job.id}/webhooks/{row.id}/replay")

        assert answer.status_code == 202
        assert sorted(answer.json()) == DELIVERY_FIELDS
        assert (answer.json()["status"], answer.json()["attempts"]) == ("pending", 0)
        assert [claimed.delivery_id for claimed in claim_due(limit=5)] == [row.id]

    def test_others_are_answered_like_unknown_ones(self, client: KeyClient, user: User) -> None:
        mine, foreign = JobFactory(owner=user, succeeded=True), WebhookDeliveryFactory(given_up=True)

        lists = [client.get(f"/api/v1/jobs/{job}/webhooks") for job in (foreign.job.id, uuid.uuid4())]
        replays = [
            client.post(f"/api/v1/jobs/{job}/webhooks/{delivery}/replay")
            for job, delivery in (
                (foreign.job.id, foreign.id),
                (uuid.uuid4(), foreign.id),
                (mine.id, foreign.id),
                (mine.id, uuid.uuid4()),
            )
        ]

        assert {answer.status_code for answer in lists + replays} == {404}
        assert len({answer.content for answer in lists + replays}) == 1
        assert WebhookDelivery.objects.get().status == "given_up"

    def test_scopes_and_credentials(self, user: User) -> None:
        row = WebhookDeliveryFactory(job=JobFactory(owner=user, succeeded=True))
        path = f"/api/v1/jobs/{row.job.id}/webhooks"

        assert KeyClient(user, Scope.GENERATE).get(path).status_code == 403
        assert KeyClient(user, Scope.READ).post(f"{path}/{row.id}/replay").status_code == 403
        assert Client().get(path).status_code == 401
        assert Client().post(f"{path}/{row.id}/replay").status_code == 401

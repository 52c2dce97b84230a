"""`/api/v1/jobs…` and `/api/v1/tickets`: making, waiting, listing, cancelling, and what others see of it."""

import base64
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Scope, User
from content.models import Content
from generation.models import Job, Status
from generation.serializers.jobs import JobSerializer
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory
from tests.support.clients import KeyClient, post_json

IMAGE = {"kind": "image", "params": {"prompt": "a red circle", "num_inference_steps": 2, "width": 256, "height": 256}}
JOB_FIELDS = [
    "created_at",
    "error",
    "finished_at",
    "id",
    "kind",
    "model",
    "outputs",
    "params",
    "priority",
    "progress",
    "result",
    "started_at",
    "status",
    "timings",
    "urls",
    "visibility",
]


@pytest.mark.usefixtures("worker")
class TestFinishedJobs:
    def test_waiting_for_an_image(self, client: KeyClient) -> None:
        body = {**IMAGE, "params": {**IMAGE["params"], "seed": 5, "number_of_images": 2}}  # type: ignore[dict-item]

        response = post_json(client, "/api/v1/jobs", body, Prefer="wait=60")

        assert response.status_code == 200
        job = response.json()
        assert sorted(job) == JOB_FIELDS
        assert (job["kind"], job["status"], job["model"]) == ("image", "succeeded", "demo-stable-diffusion")
        assert job["progress"] == {
            "step": 4,
            "steps": 4,
            "fraction": 1.0,
            "eta_seconds": None,
            "queue_position": None,
        }
        assert job["error"] is None
        assert [output["seed"] for output in job["outputs"]] == [5, 6]
        assert sorted(job["timings"]) == ["engine_seconds", "queued_seconds", "total_seconds"]
        assert job["timings"]["total_seconds"] >= job["timings"]["engine_seconds"] > 0
        created, started, finished = (
            datetime.fromisoformat(job[name]) for name in ("created_at", "started_at", "finished_at")
        )
        assert created <= started <= finished
        for output in job["outputs"]:
            assert (output["kind"], output["media_type"], output["visibility"]) == ("image", "image/png", "private")
            assert (output["width"], output["height"]) == (256, 256)
            opened: Any = Client().get(output["url"].removeprefix("http://testserver"))
            assert len(b"".join(opened)) == output["size_bytes"]

    def test_public_output_is_open_to_everybody(self, client: KeyClient) -> None:
        job = post_json(client, "/api/v1/jobs", {**IMAGE, "visibility": "public"}, Prefer="wait=60").json()

        (output,) = job["outputs"]
        assert "?" not in output["url"]
        for path in (f"/output/generated_image/{output['id']}.png", f"/images/{output['id']}.png"):
            response = Client().get(path)
            assert (response.status_code, response["ETag"]) == (200, f'"{output["cid"]}"')

    def test_image_from_a_data_url(self, client: KeyClient, png: bytes, user: User) -> None:
        url = "data:image/png;base64," + base64.b64encode(png).decode()
        body = {"kind": "image_to_image", "params": {"image": url, "num_inference_steps": 4}}

        job = post_json(client, "/api/v1/jobs", body, Prefer="wait=60").json()

        assert job["status"] == "succeeded"
        assert (job["params"]["width"], job["params"]["height"], job["params"]["strength"]) == (320, 256, 0.75)
        source = Content.objects.get(owner=user, cid=job["params"]["image"])
        assert Content.objects.get(cid=job["outputs"][0]["cid"]).provenance["parents"] == [source.cid]

    def test_image_from_an_earlier_one(self, client: KeyClient) -> None:
        first = post_json(client, "/api/v1/jobs", IMAGE, Prefer="wait=60").json()
        params = {"image": first["outputs"][0]["cid"], "prompt": "x", "num_inference_steps": 4, "strength": 0.5}

        job = post_json(client, "/api/v1/jobs", {"kind": "image_to_image", "params": params}, Prefer="wait=60").json()

        assert job["status"] == "succeeded"
        assert job["outputs"][0]["cid"] != first["outputs"][0]["cid"]


@pytest.mark.usefixtures("served")
class TestMakingJobs:
    def test_answers_at_once(self, client: KeyClient, user: User) -> None:
        response = post_json(client, "/api/v1/jobs", IMAGE)

        assert response.status_code == 202
        job = response.json()
        assert sorted(job) == JOB_FIELDS
        assert response["Location"] == f"/api/v1/jobs/{job['id']}"
        assert (job["status"], job["visibility"], job["priority"]) == ("queued", "private", 0)
        assert job["progress"]["queue_position"] == 1
        assert job["params"] == {
            "prompt": "a red circle",
            "negative_prompt": "",
            "num_inference_steps": 2,
            "guidance_scale": 7.5,
            "width": 256,
            "height": 256,
            "seed": Job.objects.get().params["seed"],
            "number_of_images": 1,
        }
        assert job["urls"] == {
            "self": f"http://testserver/api/v1/jobs/{job['id']}",
            "cancel": f"http://testserver/api/v1/jobs/{job['id']}/cancel",
            "events": f"http://testserver/api/v1/jobs/{job['id']}/events",
        }
        assert Job.objects.get().owner == user
        looked_up = client.get(response["Location"]).json()
        assert {**looked_up, "timings": {}} == {**job, "timings": {}}

    @pytest.mark.parametrize("prefer", ["wait=0", "wait=-1", "wait=many", "wait", "", "respond-async"])
    def test_preference_that_asks_for_no_wait(self, client: KeyClient, prefer: str) -> None:
        assert post_json(client, "/api/v1/jobs", IMAGE, Prefer=prefer).status_code == 202

    def test_wait_that_ends_before_the_job(self, client: KeyClient) -> None:
        response = post_json(client, "/api/v1/jobs", IMAGE, Prefer="wait=1")

        assert (response.status_code, response.json()["status"]) == (202, "queued")

    def test_priority_visibility_and_model(self, client: KeyClient) -> None:
        body = {**IMAGE, "priority": -10, "visibility": "public", "model": "demo-stable-diffusion"}

        job = post_json(client, "/api/v1/jobs", body).json()

        assert (job["priority"], job["visibility"], job["model"]) == (-10, "public", "demo-stable-diffusion")

    @pytest.mark.parametrize(
        ("change", "field", "sentence"),
        [
            ({"kind": None}, "kind", "'kind' must be one of image, image_to_image, music, tags, text, analysis."),
            ({"kind": "song"}, "kind", "'kind' must be one of image, image_to_image, music, tags, text, analysis."),
            ({"kind": ["image"]}, "kind", "'kind' must be one of image, image_to_image, music, tags, text, analysis."),
            ({"params": None}, "params", "'params' is required and must be an object."),
            ({"params": [1]}, "params", "'params' is required and must be an object."),
            ({"params": "prompt"}, "params", "'params' is required and must be an object."),
            ({"params": {}}, "params.prompt", "'prompt' is required and must be a string."),
            ({"params": {"prompt": "x", "width": 255}}, "params.width", "'width' must be between 256 and 1024."),
            ({"params": {"prompt": "x", "width": "512"}}, "params.width", "'width' must be a positive number."),
            (
                {"params": {"prompt": "x", "number_of_images": 5}},
                "params.number_of_images",
                "'number_of_images' must be between 1 and 4.",
            ),
            (
                {"params": {"prompt": "x", "number_of_images": 0}},
                "params.number_of_images",
                "'number_of_images' must be a positive number.",
            ),
            ({"visibility": "secret"}, "visibility", "'visibility' must be one of private, public."),
            ({"priority": 11}, "priority", "'priority' must be between -10 and 10."),
            ({"priority": True}, "priority", "'priority' must be a whole number."),
            ({"priority": "1"}, "priority", "'priority' must be a whole number."),
            ({"model": 7}, "model", "'model' must be a string."),
            ({"kind": "image_to_image"}, "params.image", "'image' is required and must be a string."),
        ],
    )
    def test_refused_values(self, client: KeyClient, change: dict[str, Any], field: str, sentence: str) -> None:
        response = post_json(client, "/api/v1/jobs", {**IMAGE, **change})

        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["errors"][field] == [sentence]
        assert (problem["status"], problem["code"]) == (400, "invalid_input")
        assert not Job.objects.exists()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({**IMAGE, "promt": "x"}, "promt"),
            ({**IMAGE, "owner": 1}, "owner"),
            ({"kind": "image", "params": {"prompt": "x", "samples": 7}}, "params.samples"),
            ({"kind": "image", "params": {"prompt": "x", "image": "x"}}, "params.image"),
            ({**IMAGE, "\ud800": "x"}, "\\ud800"),
        ],
    )
    def test_unknown_fields_are_refused(self, client: KeyClient, body: dict[str, Any], field: str) -> None:
        response = post_json(client, "/api/v1/jobs", body)

        assert response.status_code == 400
        assert "is not known here" in response.json()["errors"][field][0]

    def test_unknown_model(self, client: KeyClient) -> None:
        response = post_json(client, "/api/v1/jobs", {**IMAGE, "model": "gpt"})

        assert (response.status_code, response.json()["code"]) == (404, "model_not_found")

    @pytest.mark.parametrize(
        ("image", "status"),
        [
            ("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", 404),
            ("../../etc/passwd", 404),
            ("data:image/png;base64,AAAA", 400),
            ("data:image/png;base64,%%%", 400),
            ("data:,x", 400),
            ("DATA:image/svg+xml;base64,PHN2Zy8+", 400),
        ],
    )
    def test_refused_pictures(self, client: KeyClient, image: str, status: int) -> None:
        response = post_json(client, "/api/v1/jobs", {"kind": "image_to_image", "params": {"image": image}})

        assert response.status_code == status
        assert not Content.objects.exists()
        assert not Job.objects.exists()

    def test_picture_of_another_user(self, client: KeyClient, png: bytes) -> None:
        from content.services import store_upload

        foreign = store_upload(owner=UserFactory(), data=png)

        response = post_json(client, "/api/v1/jobs", {"kind": "image_to_image", "params": {"image": foreign.cid}})

        assert response.status_code == 404

    def test_no_worker(self, client: KeyClient, redis_server: str) -> None:
        import redis

        with redis.Redis.from_url(redis_server) as connection:
            connection.flushall()

        response = post_json(client, "/api/v1/jobs", IMAGE)

        assert (response.status_code, response.json()["code"]) == (503, "no_worker")
        assert int(response["Retry-After"]) > 0
        assert not Job.objects.exists()


@pytest.mark.usefixtures("served")
class TestIdempotency:
    def test_same_key_and_request(self, client: KeyClient) -> None:
        first, second = (post_json(client, "/api/v1/jobs", IMAGE, Idempotency_Key="k 1") for _ in range(2))

        assert first.json()["id"] == second.json()["id"]
        assert (second.status_code, Job.objects.count()) == (202, 1)

    def test_same_key_and_another_request(self, client: KeyClient) -> None:
        post_json(client, "/generate", {"prompt": "a"}, Idempotency_Key="k", Prefer="respond-async")

        response = post_json(client, "/generate", {"prompt": "b"}, Idempotency_Key="k", Prefer="respond-async")

        assert response.status_code == 409
        assert response.json() == {"error": "This Idempotency-Key was used for a different request."}

    def test_same_key_of_another_user(self, client: KeyClient) -> None:
        for each in (client, KeyClient(UserFactory())):
            assert post_json(each, "/api/v1/jobs", IMAGE, Idempotency_Key="k").status_code == 202

        assert Job.objects.count() == 2

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü"])
    def test_key_that_cannot_be(self, client: KeyClient, key: str) -> None:
        response = post_json(client, "/api/v1/jobs", IMAGE, Idempotency_Key=key)

        assert response.status_code == 400
        assert response.json()["detail"] == "'Idempotency-Key' must be 1 to 255 printable characters."

    def test_key_of_a_job_that_failed(self, client: KeyClient) -> None:
        post_json(client, "/generate", {"prompt": "a"}, Idempotency_Key="k", Prefer="respond-async")
        Job.objects.update(
            status=Status.FAILED, error_code="engine_error", error_message="No luck.", finished_at=timezone.now()
        )

        response = post_json(client, "/generate", {"prompt": "a"}, Idempotency_Key="k")

        assert (response.status_code, response.json()) == (500, {"error": "No luck."})


class TestReadingJobs:
    def test_job_in_each_state(self, client: KeyClient, user: User) -> None:
        states: list[dict[str, Any]] = [{}, {"running": True}, {"succeeded": True}, {"failed": True}]
        for state in states:
            job = JobFactory(owner=user, **state)
            body = client.get(f"/api/v1/jobs/{job.id}").json()

            assert sorted(body) == JOB_FIELDS
            assert list(body) == list(JobSerializer().fields)
            assert body["status"] == job.status
            if job.status == "failed":
                assert body["error"] == {"code": "engine_error", "message": "The engine failed.", "retryable": False}
            else:
                assert body["error"] is None

    def test_progress_of_a_running_job(self, client: KeyClient, user: User) -> None:
        job = JobFactory(owner=user, running=True, step=1, started_at=timezone.now() - timedelta(seconds=10))

        progress = client.get(f"/api/v1/jobs/{job.id}").json()["progress"]

        assert (progress["step"], progress["steps"], progress["fraction"]) == (1, 4, 0.25)
        assert 29 < progress["eta_seconds"] < 60

    def test_pages_newest_first(self, client: KeyClient, user: User) -> None:
        start = timezone.now()
        jobs = [JobFactory(owner=user, created_at=start + timedelta(seconds=n)) for n in range(60)]
        JobFactory(queue="gpu")

        first = client.get("/api/v1/jobs").json()
        second = client.get(first["next"]).json()

        assert sorted(first) == ["next", "previous", "results"]
        ids = [job["id"] for job in first["results"] + second["results"]]
        assert ids == [str(job.id) for job in reversed(jobs)]
        assert (len(first["results"]), second["next"]) == (50, None)
        assert [job["progress"]["queue_position"] for job in second["results"]] == list(range(10, 0, -1))

    def test_number_of_queries_does_not_grow_with_the_page(
        self, client: KeyClient, user: User, django_assert_max_num_queries: Any
    ) -> None:
        JobFactory.create_batch(20, owner=user)
        client.get("/api/v1/jobs")

        with django_assert_max_num_queries(6):
            client.get("/api/v1/jobs")

    def test_filters(self, client: KeyClient, user: User) -> None:
        queued = JobFactory(owner=user)
        failed = JobFactory(owner=user, failed=True, kind="image_to_image")

        def ids(query: str) -> list[str]:
            return [job["id"] for job in client.get(f"/api/v1/jobs?{query}").json()["results"]]

        assert ids("status=queued") == [str(queued.id)]
        assert ids("kind=image_to_image") == [str(failed.id)]
        assert ids("status=queued&kind=image_to_image") == []
        assert ids("status=queued&kind=") == [str(queued.id)]
        for name, value in (("status", "lost"), ("kind", "song"), ("status", "queued,failed")):
            refused = client.get("/api/v1/jobs", {name: value})
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [name])

    def test_malformed_cursor(self, client: KeyClient) -> None:
        assert client.get("/api/v1/jobs?cursor=%00nonsense").status_code == 404


class TestCancelling:
    @pytest.mark.parametrize("state", [{}, {"running": True}])
    def test_job_that_has_not_ended(self, client: KeyClient, user: User, state: dict[str, bool]) -> None:
        job = JobFactory(owner=user, **state)

        response = client.post(f"/api/v1/jobs/{job.id}/cancel")

        assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        assert response.json()["finished_at"] is not None

    @pytest.mark.parametrize("state", ["succeeded", "failed"])
    def test_job_that_has_ended(self, client: KeyClient, user: User, state: str) -> None:
        job = JobFactory(owner=user, **{state: True})

        response = client.post(f"/api/v1/jobs/{job.id}/cancel")

        assert (response.status_code, response.json()["code"]) == (409, "job_finished")

    def test_cancelling_twice(self, client: KeyClient, user: User) -> None:
        job = JobFactory(owner=user)

        statuses = [client.post(f"/api/v1/jobs/{job.id}/cancel").status_code for _ in range(2)]

        assert statuses == [200, 409]


class TestPrivacy:
    """What another user, nobody, a revoked key and a key without the scope get to see."""

    PATHS = (
        ("get", "/api/v1/jobs/{job}"),
        ("post", "/api/v1/jobs/{job}/cancel"),
        ("get", "/api/v1/jobs/{job}/events"),
    )

    @pytest.mark.parametrize(("method", "path"), PATHS)
    def test_foreign_job_is_answered_like_an_unknown_one(self, client: KeyClient, method: str, path: str) -> None:
        foreign = JobFactory()

        answers = [getattr(client, method)(path.format(job=job)) for job in (foreign.id, uuid.uuid4())]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        foreign.refresh_from_db()
        assert foreign.status == Status.QUEUED

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            *PATHS,
            ("get", "/api/v1/jobs"),
            ("post", "/api/v1/jobs"),
            ("post", "/api/v1/tickets"),
            ("post", "/generate"),
            ("post", "/generate/image"),
            ("post", "/generate/image/prompt"),
            ("post", "/generate/image/image"),
            ("delete", "/cache"),
        ],
    )
    def test_no_credentials_and_a_revoked_key(self, client: KeyClient, user: User, method: str, path: str) -> None:
        path = path.format(job=JobFactory(owner=user).id)
        ApiKey.objects.update(revoked=True)

        for sender in (Client(), client):
            response = getattr(sender, method)(path)
            assert response.status_code == 401
            assert response["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        ("scope", "method", "path"),
        [
            (Scope.GENERATE, "get", "/api/v1/jobs"),
            (Scope.GENERATE, "get", "/api/v1/jobs/{job}"),
            (Scope.GENERATE, "get", "/api/v1/jobs/{job}/events"),
            (Scope.GENERATE, "post", "/api/v1/tickets"),
            (Scope.READ, "post", "/api/v1/jobs"),
            (Scope.READ, "post", "/api/v1/jobs/{job}/cancel"),
            (Scope.READ, "post", "/generate"),
            (Scope.READ, "post", "/generate/image"),
            (Scope.READ, "post", "/generate/image/prompt"),
            (Scope.READ, "post", "/generate/image/image"),
        ],
    )
    def test_key_without_the_scope(self, user: User, scope: Scope, method: str, path: str) -> None:
        path = path.format(job=JobFactory(owner=user).id)

        assert getattr(KeyClient(user, scope), method)(path).status_code == 403

    def test_session_needs_a_csrf_token(self, user: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

        assert post_json(browser, "/api/v1/jobs", IMAGE).status_code == 403
        assert browser.get("/api/v1/jobs").status_code == 200


class TestTickets:
    def test_ticket_ends_after_a_minute(self, client: KeyClient) -> None:
        response = client.post("/api/v1/tickets")

        assert response.status_code == 201
        body = response.json()
        assert sorted(body) == ["expires_at", "ticket"]
        assert len(body["ticket"]) >= 32
        left = datetime.fromisoformat(body["expires_at"]) - timezone.now()
        assert timedelta(seconds=50) < left <= timedelta(seconds=60)
        assert "no-store" in response["Cache-Control"]

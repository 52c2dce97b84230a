"""`/api/v1/models`: checkpoints and personal models, seen by their owner, by others, by nobody."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Scope, User
from accounts.selectors import use
from generation.errors import ModelNotFound
from generation.models import Checkpoint, Job, ModelState, PersonalModel, Status
from generation.personal import files, services
from tests.factories.accounts import QuotaFactory, UserFactory
from tests.factories.generation import JobFactory, PersonalModelFactory
from tests.generation.personal.test_aliases import TRAVERSALS
from tests.support.clients import KeyClient, post_json
from tests.support.loras import lora_bytes
from tests.support.tiny_pipeline import make_tiny_pipeline

pytestmark = pytest.mark.django_db

MODELS = "/api/v1/models"
COMMIT = "451f4fe16113bff5a5d2269ed5ad43b0592e9a14"
FIELDS = [
    "capability",
    "checkpoint",
    "created_at",
    "default",
    "error",
    "instance_token",
    "licence",
    "name",
    "native_size",
    "owner",
    "revision",
    "sha256",
    "shared",
    "size_bytes",
    "source",
    "state",
    "type",
    "updated_at",
    "url",
]


@pytest.fixture(autouse=True)
def _tiny_checkpoint(db: None, tiny_pipeline: Path, settings: Any, tmp_path: Path) -> None:
    settings.PERSONAL_MODELS_DIR = tmp_path / "personal"
    settings.WEIGHTS_DIR = tmp_path / "weights"
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)


@pytest.fixture
def lora(tiny_pipeline: Path) -> bytes:
    return lora_bytes(tiny_pipeline)


@pytest.fixture
def staff(db: None) -> KeyClient:
    return KeyClient(UserFactory(is_staff=True), *Scope)


def upload(client: Client, data: bytes, **form: Any) -> Any:
    return client.post(MODELS, {"alias": "face", **form, "file": SimpleUploadedFile("face.safetensors", data)})


def from_hub(client: Client, **body: Any) -> Any:
    asked = {"alias": "face", "type": "lora", "source": "ada/lora", "revision": COMMIT}
    return post_json(client, MODELS, {**asked, **body})


def assert_problem(answer: Any, status: int, code: str, *fields: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert sorted(answer.json()["errors"]) == sorted(fields)


class TestUpload:
    def test_ready_at_once(self, client: KeyClient, user: User, lora: bytes) -> None:
        answer = upload(client, lora, instance_token="sks person", shared="true")

        body = answer.json()
        assert (answer.status_code, sorted(body), answer["Location"]) == (201, FIELDS, f"{MODELS}/face")
        assert (body["name"], body["type"], body["state"], body["owner"]) == ("face", "lora", "ready", user.username)
        assert (body["instance_token"], body["shared"], body["size_bytes"]) == ("sks person", True, len(lora))
        assert body["source"] == f"sha256:{body['sha256']}"
        assert files.lora_path(body["sha256"]).read_bytes() == lora
        assert use(user=user)["stored_bytes"] == len(lora)
        assert client.get(body["url"]).json() == body

    def test_private_unless_said(self, client: KeyClient, lora: bytes) -> None:
        assert upload(client, lora).json()["shared"] is False

    def test_same_alias_again(self, client: KeyClient, lora: bytes) -> None:
        upload(client, lora)

        assert_problem(upload(client, lora), 409, "alias_taken")
        assert upload(KeyClient(UserFactory()), lora).status_code == 201

    @pytest.mark.parametrize(
        "alias", ["", "Face", "a b", "../x", "default", "train", "x" * 65, "demo-stable-diffusion"]
    )
    def test_wrong_alias(self, client: KeyClient, lora: bytes, alias: str) -> None:
        assert_problem(upload(client, lora, alias=alias), 400, "invalid_input", "alias")
        assert not PersonalModel.objects.exists()

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"shared": "maybe"}, "shared"),
            ({"colour": "red"}, "colour"),
            ({"instance_token": "x" * 101}, "instance_token"),
        ],
    )
    def test_wrong_fields(self, client: KeyClient, lora: bytes, form: dict[str, str], field: str) -> None:
        assert_problem(upload(client, lora, **form), 400, "invalid_input", field)

    def test_unknown_checkpoint(self, client: KeyClient, lora: bytes) -> None:
        assert_problem(upload(client, lora, checkpoint="no-such"), 404, "model_not_found")
        assert_problem(upload(client, lora, checkpoint="demo-musicgen"), 404, "model_not_found")

    def test_no_file(self, client: KeyClient) -> None:
        answer = client.post(MODELS, {"alias": "face"})

        assert_problem(answer, 400, "invalid_input", "file")
        assert answer.json()["detail"] == "'file' is required: send one LoRA."

    def test_hostile_files(self, client: KeyClient, lora: bytes, user: User, tmp_path: Path) -> None:
        spoilt = lora[:-4] + np.array(np.nan, np.float32).tobytes()
        other = (make_tiny_pipeline(tmp_path / "other") / "unet/diffusion_pytorch_model.safetensors").read_bytes()
        for data in (b"", pickle.dumps({"a": 1}), lora[:-1], lora + b"\0", spoilt, other, b"\xff" * 8 + lora[8:]):
            assert_problem(upload(client, data), 400, "unusable_lora", "file")
        assert not PersonalModel.objects.exists()
        assert not list(tmp_path.glob("personal/loras/*/*"))
        assert use(user=user)["stored_bytes"] == 0

    def test_too_large(self, client: KeyClient, lora: bytes, settings: Any) -> None:
        settings.LORA_BYTES = len(lora) - 1

        assert_problem(upload(client, lora), 400, "invalid_input", "file")

    def test_full_library(self, client: KeyClient, user: User, lora: bytes) -> None:
        QuotaFactory(user=user, stored_bytes=len(lora))
        assert upload(client, lora).status_code == 201

        assert_problem(upload(client, lora, alias="second"), 429, "quota_reached")

    def test_checkpoint_that_is_not_here(self, client: KeyClient, lora: bytes) -> None:
        Checkpoint.objects.filter(default_for="image").update(source="owner/not-downloaded")

        assert_problem(upload(client, lora), 503, "weights_missing")

    def test_other_media_types(self, client: KeyClient) -> None:
        assert_problem(client.post(MODELS, b"x", content_type="text/plain"), 415, "unsupported_media_type")


class TestSource:
    def test_a_draft_first(self, client: KeyClient) -> None:
        answer = from_hub(client, file="loras/face.safetensors")

        body = answer.json()
        assert (answer.status_code, sorted(body)) == (201, FIELDS)
        assert (body["state"], body["source"], body["revision"], body["sha256"]) == ("draft", "ada/lora", COMMIT, "")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"source": None}, "source"),
            ({"source": "http://127.0.0.1/x"}, "source"),
            ({"source": "//[::1]/x"}, "source"),
            ({"source": "folder:face"}, "source"),
            ({"source": "../etc"}, "source"),
            ({"revision": "main"}, "revision"),
            ({"revision": ""}, "revision"),
            ({"revision": COMMIT.upper()}, "revision"),
            ({"file": "a.bin"}, "file"),
            ({"file": "../a.safetensors"}, "file"),
            ({"type": "checkpoint"}, "type"),
            ({"shared": "true"}, "shared"),
            ({"shared": 1}, "shared"),
            ({"alias": 7}, "alias"),
            ({"trust_remote_code": True}, "trust_remote_code"),
        ],
    )
    def test_wrong_bodies(self, client: KeyClient, body: dict[str, Any], field: str) -> None:
        answer = from_hub(client, **body)

        assert answer.status_code == 400
        assert field in answer.json()["errors"]
        assert not PersonalModel.objects.exists()

    def test_pipelines_are_for_staff(self, client: KeyClient, user: User) -> None:
        for source in ("ada/pipeline", "folder:own"):
            body = {"type": "pipeline", "source": source, "revision": COMMIT if "/" in source else ""}
            assert_problem(from_hub(client, **body), 403, "scope_missing")
            assert_problem(from_hub(KeyClient(user, *Scope), **body), 403, "staff_only")
        assert_problem(
            from_hub(KeyClient(UserFactory(is_staff=True)), type="pipeline", source="a/b"), 403, "scope_missing"
        )

    def test_pipeline_of_staff(self, staff: KeyClient, tmp_path: Path) -> None:
        make_tiny_pipeline(tmp_path / "weights" / "own")

        of_the_hub = from_hub(staff, type="pipeline", alias="one")
        of_a_folder = from_hub(staff, type="pipeline", alias="two", source="folder:own", revision="")

        for answer in (of_the_hub, of_a_folder):
            assert (answer.status_code, answer.json()["type"], answer.json()["state"]) == (201, "pipeline", "draft")

    def test_folder_that_holds_none(self, staff: KeyClient, tmp_path: Path) -> None:
        answer = from_hub(staff, type="pipeline", source="folder:nothing", revision="")

        assert_problem(answer, 400, "unusable_pipeline")
        assert str(tmp_path) not in answer.json()["detail"]

    @pytest.mark.parametrize("form", TRAVERSALS)
    def test_no_spelling_leaves_the_folder(self, staff: KeyClient, form: str) -> None:
        for body in ({"alias": form}, {"source": f"folder:{form}", "revision": ""}, {"file": f"{form}.safetensors"}):
            kind = "lora" if "file" in body else "pipeline"
            assert from_hub(staff, type=kind, **body).status_code == 400 or "file" in body
        named = PersonalModel.objects.values_list("file_name", flat=True)
        assert not any(".." in name.split("/") or name.startswith("/") for name in named)


class TestList:
    def test_checkpoints_and_models(self, client: KeyClient, user: User) -> None:
        own = PersonalModelFactory(owner=user)
        shared = PersonalModelFactory(shared=True)
        PersonalModelFactory()
        PersonalModelFactory(draft=True, shared=True)

        body = client.get(MODELS).json()

        assert sorted(body) == ["next", "previous", "results"]
        assert all(sorted(entry) == FIELDS for entry in body["results"])
        personal = [entry["name"] for entry in body["results"] if entry["type"] != "checkpoint"]
        assert personal == [f"{shared.owner.username}/{shared.alias}", own.alias]
        checkpoints = [entry for entry in body["results"] if entry["type"] == "checkpoint"]
        assert {entry["name"] for entry in checkpoints} == set(Checkpoint.objects.values_list("slug", flat=True))
        assert "demo-stable-diffusion" in [entry["name"] for entry in checkpoints if entry["default"]]

    def test_no_path_of_this_machine(self, client: KeyClient, tiny_pipeline: Path, staff: KeyClient) -> None:
        PersonalModelFactory(pipeline=True, shared=True)

        for sender in (client, staff):
            text = sender.get(MODELS).content.decode()
            assert str(tiny_pipeline) not in text
            assert '"/' not in text

    def test_pages(self, client: KeyClient, user: User, django_assert_max_num_queries: Any) -> None:
        for _ in range(60):
            PersonalModelFactory(owner=user)

        with django_assert_max_num_queries(6):
            first = client.get(MODELS).json()
        second = client.get(first["next"]).json()

        names = [entry["name"] for page in (first, second) for entry in page["results"] if entry["type"] == "lora"]
        assert len(names) == len(set(names)) == 60
        assert all(entry["type"] == "lora" for entry in second["results"])


def requests_of(client: Client, name: str) -> list[Any]:
    """The answer of each request that can be made about a model."""
    path = f"{MODELS}/{name}"
    return [
        client.get(path),
        client.patch(path, {"shared": True}, content_type="application/json"),
        client.delete(path),
    ]


class TestOne:
    def test_a_checkpoint_can_be_looked_at(self, client: KeyClient) -> None:
        looked, changed, deleted = requests_of(client, "demo-stable-diffusion")

        assert (looked.status_code, looked.json()["type"]) == (200, "checkpoint")
        assert_problem(changed, 403, "foreign_model")
        assert_problem(deleted, 403, "foreign_model")

    def test_private_model_of_another_is_answered_like_unknown(self, client: KeyClient) -> None:
        other = PersonalModelFactory(alias="theirs")
        PersonalModelFactory(alias="drafted", draft=True, shared=True)

        for name in ("theirs", f"{other.owner.username}/theirs", "drafted", "unknown", "nobody/unknown", "x/theirs"):
            answers = requests_of(client, name)
            assert {answer.status_code for answer in answers} == {404}
            assert {answer.content for answer in answers} == {requests_of(client, "no-such")[0].content}
        assert PersonalModel.objects.count() == 2

    def test_shared_model_of_another_can_only_be_used(self, client: KeyClient) -> None:
        other = PersonalModelFactory(alias="theirs", shared=True)

        for name in ("theirs", f"{other.owner.username}/theirs"):
            looked, changed, deleted = requests_of(client, name)
            assert looked.json()["name"] == f"{other.owner.username}/theirs"
            assert_problem(changed, 403, "foreign_model")
            assert_problem(deleted, 403, "foreign_model")

    def test_own_model_comes_before_a_shared_one(self, client: KeyClient, user: User) -> None:
        other = PersonalModelFactory(alias="face", shared=True)
        PersonalModelFactory(alias="face", owner=user)

        assert client.get(f"{MODELS}/face").json()["owner"] == user.username
        exact = client.get(f"{MODELS}/{other.owner.username}/face").json()
        assert exact["owner"] == other.owner.username

    def test_change(self, client: KeyClient, user: User) -> None:
        PersonalModelFactory(alias="face", owner=user)
        change = {"alias": "portrait", "instance_token": "sks", "shared": True}

        answer = client.patch(f"{MODELS}/{user.username}/face", change, content_type="application/json")

        assert (answer.status_code, sorted(answer.json())) == (200, FIELDS)
        assert answer.json() | {"alias": "portrait"} == answer.json() | change
        assert answer.json()["name"] == "portrait"
        assert answer.json()["updated_at"] > answer.json()["created_at"]

    def test_change_of_a_model_that_goes_meanwhile(self, user: User) -> None:
        model = PersonalModelFactory(owner=user)
        PersonalModel.objects.filter(pk=model.pk).delete()

        with pytest.raises(ModelNotFound):
            services.change(model=model, shared=True)

    def test_wrong_changes(self, client: KeyClient, user: User) -> None:
        PersonalModelFactory(alias="face", owner=user)
        PersonalModelFactory(alias="second", owner=user)

        def change(**body: Any) -> Any:
            return client.patch(f"{MODELS}/face", body, content_type="application/json")

        assert_problem(change(alias="second"), 409, "alias_taken")
        assert_problem(change(alias="default"), 400, "invalid_input", "alias")
        assert_problem(change(state="ready"), 400, "invalid_input", "state")
        assert_problem(change(shared="yes"), 400, "invalid_input", "shared")
        assert client.get(f"{MODELS}/face").status_code == 200

    def test_delete_takes_the_file_along(
        self, client: KeyClient, user: User, lora: bytes, django_capture_on_commit_callbacks: Any
    ) -> None:
        other = KeyClient(UserFactory())
        digest = upload(client, lora).json()["sha256"]
        upload(other, lora)

        with django_capture_on_commit_callbacks(execute=True):
            assert client.delete(f"{MODELS}/face").status_code == 204
        assert files.lora_path(digest).exists()
        assert use(user=user)["stored_bytes"] == 0
        assert client.get(f"{MODELS}/face").status_code == 404

        with django_capture_on_commit_callbacks(execute=True):
            other.delete(f"{MODELS}/face")
        assert not files.lora_path(digest).exists()

    def test_jobs_outlive_their_model(self, client: KeyClient, user: User) -> None:
        model = PersonalModelFactory(alias="face", owner=user)
        job = JobFactory(owner=user, succeeded=True, personal_model=model, model_name="face", model_source=model.source)

        client.delete(f"{MODELS}/face")

        job.refresh_from_db()
        assert (job.personal_model, job.model_id, job.status) == (None, model.source, Status.SUCCEEDED)
        assert client.get(f"/api/v1/jobs/{job.id}").json()["model"] == "face"


class TestCredentials:
    def test_nobody(self) -> None:
        assert_problem(Client().get(MODELS), 401, "not_authenticated")
        assert {answer.status_code for answer in requests_of(Client(), "face")} == {401}

    def test_scopes(self, user: User, lora: bytes) -> None:
        PersonalModelFactory(alias="face", owner=user)
        reading, generating = KeyClient(user, Scope.READ), KeyClient(user, Scope.GENERATE)

        assert [answer.status_code for answer in requests_of(reading, "face")] == [200, 403, 403]
        assert upload(reading, lora, alias="new").status_code == 403
        assert [answer.status_code for answer in requests_of(generating, "face")] == [403, 200, 204]


@pytest.mark.usefixtures("served")
class TestUse:
    @pytest.mark.parametrize("path", ["/generate", "/generate/image"])
    def test_user_id_of_others_or_none(self, client: KeyClient, path: str) -> None:
        other = PersonalModelFactory(alias="theirs")

        for name in ("theirs", f"{other.owner.username}/theirs", "unknown", "demo-stable-diffusion", "../theirs"):
            answer = post_json(client, path, {"prompt": "x", "user_id": name})
            assert (answer.status_code, answer.json()) == (404, {"error": "There is no such model."})
        assert not Job.objects.exists()

    def test_user_id_of_a_model_that_is_not_ready(self, client: KeyClient, user: User) -> None:
        PersonalModelFactory(alias="drafted", owner=user, draft=True)
        PersonalModelFactory(alias="broken", owner=user, failed=True)

        for alias, sentence in (("drafted", "Try again later."), ("broken", "The hub could not be reached.")):
            answer = post_json(client, "/generate", {"prompt": "x", "user_id": alias})
            assert answer.status_code == 409
            assert sentence in answer.json()["error"]

    @pytest.mark.parametrize("prefix", ["", "owner/"])
    def test_shared_model(self, client: KeyClient, prefix: str) -> None:
        model = PersonalModelFactory(alias="theirs", shared=True, owner__username="owner")
        body = {"prompt": "x", "user_id": f"{prefix}theirs"}

        answer = post_json(client, "/generate", body, prefer="respond-async")

        assert answer.status_code == 202
        job = Job.objects.get()
        assert (job.personal_model, job.model_name, job.model_id) == (model, "owner/theirs", model.source)

    def test_model_of_a_job(self, client: KeyClient, user: User) -> None:
        model = PersonalModelFactory(alias="face", owner=user)
        image = {"kind": "image", "params": {"prompt": "x"}}

        named = post_json(client, "/api/v1/jobs", {**image, "model": "face"})
        assert (named.status_code, named.json()["model"]) == (202, "face")
        assert Job.objects.get().personal_model == model
        default = post_json(client, "/api/v1/jobs", {**image, "model": "default"})
        assert default.json()["model"] == "demo-stable-diffusion"
        music = {"kind": "music", "params": {"description": "x"}, "model": "face"}
        assert_problem(post_json(client, "/api/v1/jobs", music), 404, "model_not_found")
        assert_problem(post_json(client, "/api/v1/jobs", {**image, "model": "unknown"}), 404, "model_not_found")

    def test_idempotency_tells_models_apart(self, client: KeyClient, user: User) -> None:
        PersonalModelFactory(alias="face", owner=user)
        image = {"kind": "image", "params": {"prompt": "x"}}
        key = {"idempotency_key": "once"}

        first = post_json(client, "/api/v1/jobs", {**image, "model": "face"}, **key)
        again = post_json(client, "/api/v1/jobs", {**image, "model": "face"}, **key)
        other = post_json(client, "/api/v1/jobs", image, **key)

        assert first.json()["id"] == again.json()["id"]
        assert_problem(other, 409, "idempotency_conflict")

    def test_only_jobs_with_the_same_weights_share_a_batch(self, client: KeyClient, user: User) -> None:
        for alias in ("one", "two"):
            PersonalModelFactory(alias=alias, owner=user)
        PersonalModelFactory(alias="three", owner=user, digest=PersonalModel.objects.get(alias="one").digest)

        for name in ("one", "two", "three", "default"):
            post_json(client, "/api/v1/jobs", {"kind": "image", "params": {"prompt": "x"}, "model": name})

        keys = dict(Job.objects.values_list("model_name", "batch_key"))
        assert keys["one"] == keys["three"]
        assert len(set(keys.values())) == 3

    def test_states_of_the_row(self) -> None:
        assert set(ModelState.values) == {"draft", "training", "ready", "failed"}

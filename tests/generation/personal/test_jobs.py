"""Jobs with personal models, from the request to the picture, with real engines of random weights."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import content.services
from accounts.models import User
from generation.claim import claim_batch
from generation.engines.png import read_parameters
from generation.models import Checkpoint, Job, PersonalModel, Status, WeightsKind
from generation.personal import files, services
from generation.personal.fetching import fetch_drafts
from generation.runner import run_claim
from generation.services import submit
from generation.workshop import Workshop
from tests.factories.accounts import UserFactory
from tests.factories.generation import image_params
from tests.support.jobs import announce_worker
from tests.support.loras import lora_bytes
from tests.support.tiny_pipeline import make_tiny_pipeline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("checkpoint")]


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def user(db: None) -> User:
    announce_worker()
    return UserFactory()


@pytest.fixture
def add(user: User, tiny_pipeline: Path) -> Callable[..., PersonalModel]:
    def make(alias: str, *, owner: User = user, shared: bool = False, **changes: Any) -> PersonalModel:
        return services.add_upload(
            owner=owner, alias=alias, shared=shared, pieces=[lora_bytes(tiny_pipeline, **changes)]
        )

    return make


def ask(owner: User, name: str = "default", **params: Any) -> Job:
    return submit(owner=owner, kind="image", params=image_params(**params), user_id=name)


def run(workshop: Workshop, job: Job | None = None, *, max_batch: int = 1) -> Job | None:
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=max_batch)
    assert claim is not None
    run_claim(claim, workshop=workshop, stopping=threading.Event())
    if job is not None:
        job.refresh_from_db()
    return job


def picture(job: Job) -> bytes:
    assert job.status == Status.SUCCEEDED, job.error_message
    return content.services.read_bytes(content=job.outputs.get().content)


def made(workshop: Workshop, owner: User, name: str = "default") -> bytes:
    job = ask(owner, name)
    run(workshop, job)
    return picture(job)


def test_picture_says_which_lora_made_it(workshop: Workshop, user: User, add: Any) -> None:
    model = add("face")
    job = ask(user, "face")

    run(workshop, job)

    provenance = job.outputs.get().content.provenance
    assert provenance["model"] == "demo-stable-diffusion"
    assert (provenance["personal_model"], provenance["personal_model_sha256"]) == (model.source, model.digest)
    parameters = read_parameters(picture(job))
    assert (parameters["lora"], parameters["lora_sha256"]) == (model.source, model.digest)
    assert b"face" not in picture(job)


def test_alternating_jobs_get_each_their_own_weights(workshop: Workshop, user: User, add: Any) -> None:
    for seed, alias in enumerate(("one", "two"), 1):
        add(alias, seed=seed)

    pictures = {name: made(workshop, user, name) for name in ("default", "one", "two")}

    assert len(set(pictures.values())) == 3
    for name in ("two", "default", "one", "default", "two", "one"):
        assert made(workshop, user, name) == pictures[name]


def test_a_pipeline_is_another_checkpoint(
    workshop: Workshop, tmp_path: Path, settings: Any, user: User, add: Any
) -> None:
    settings.WEIGHTS_DIR = tmp_path / "weights"
    make_tiny_pipeline(tmp_path / "weights" / "own", seed=9)
    staff = UserFactory(is_staff=True)
    model = services.add_source(owner=staff, alias="own", kind=WeightsKind.PIPELINE, source="folder:own", shared=True)
    fetch_drafts()
    before = made(workshop, user)

    job = ask(user, "own")
    run(workshop, job)

    assert picture(job) != before
    provenance = job.outputs.get().content.provenance
    model.refresh_from_db()
    assert (provenance["model"], provenance["revision"]) == ("folder:own", model.digest)
    assert provenance["personal_model_sha256"] == model.digest
    assert job.model_id == "folder:own"
    assert str(tmp_path).encode() not in picture(job)
    assert made(workshop, user) == before


def test_a_pipeline_that_was_changed_is_noticed(workshop: Workshop, tmp_path: Path, settings: Any, user: User) -> None:
    settings.WEIGHTS_DIR = tmp_path / "weights"
    own = make_tiny_pipeline(tmp_path / "weights" / "changed", seed=9)
    staff = UserFactory(is_staff=True)
    services.add_source(owner=staff, alias="own", kind=WeightsKind.PIPELINE, source="folder:changed")
    fetch_drafts()
    (own / "atelier.json").write_text("{}")

    job = ask(staff, "own")
    run(workshop, job)

    assert job.status == Status.FAILED
    assert "were changed" in job.error_message


def test_model_deleted_while_its_job_was_queued(workshop: Workshop, user: User, add: Any, folder: Path) -> None:
    model = add("face")
    job, after = ask(user, "face"), ask(user)

    services.delete(model=model)
    run(workshop, job)
    run(workshop, after)

    assert (job.status, job.error_code, job.error_retryable) == (Status.FAILED, "model_gone", False)
    assert job.error_message == (
        "The model face was deleted before this job ran. Submit the job again with another model."
    )
    assert job.model_id == model.source
    assert not files.lora_path(model.digest).exists()
    assert after.status == Status.SUCCEEDED


def test_model_not_shared_any_more(workshop: Workshop, user: User, add: Any) -> None:
    model, other = add("face", shared=True), UserFactory()
    theirs, own = ask(other, "face"), ask(user, "face")

    services.change(model=model, shared=False)
    run(workshop)
    run(workshop)

    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.status, theirs.error_code) == (Status.FAILED, "model_gone")
    assert "is not shared any more" in theirs.error_message
    assert own.status == Status.SUCCEEDED


def test_a_batch_goes_on_without_those_who_may_not(user: User, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = Workshop()
    workshop.max_batch = lambda: 2  # type: ignore[method-assign]
    model, other = add("face", shared=True), UserFactory()
    theirs, own = ask(other, f"{user.username}/face"), ask(user, "face")
    services.change(model=model, shared=False)

    run(workshop, max_batch=2)

    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.status, own.status) == (Status.FAILED, Status.SUCCEEDED)


def test_a_renamed_model_still_runs(workshop: Workshop, user: User, add: Any) -> None:
    model = add("face")
    job = ask(user, "face")

    services.change(model=model, alias="portrait")
    run(workshop, job)

    assert job.status == Status.SUCCEEDED


def test_a_file_that_was_damaged_fails_its_job_alone(workshop: Workshop, user: User, add: Any) -> None:
    model = add("face", seed=44)
    before = made(workshop, user)
    path = files.lora_path(model.digest)
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    job = ask(user, "face")

    run(workshop, job)

    assert (job.status, job.error_code) == (Status.FAILED, "engine_unavailable")
    assert "Delete the LoRA and add it again" in job.error_message
    assert made(workshop, user) == before


def test_checkpoint_of_the_rows(user: User, add: Any) -> None:
    model = add("face")

    assert ask(user, "face").checkpoint == model.checkpoint == Checkpoint.objects.get(default_for="image")

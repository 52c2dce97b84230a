"""Running claims with a real engine: a tiny Stable Diffusion of random weights."""

import io
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import content.services
from accounts.models import Usage, User
from content.models import Content, Visibility
from generation import runner
from generation.claim import Claim, claim_batch
from generation.couriers import couriers_waiting
from generation.engines.base import Engine
from generation.engines.errors import OutOfMemory
from generation.engines.png import read_parameters
from generation.models import Checkpoint, Job, JobOutput, Status
from generation.runner import run_claim
from generation.services import cancel
from generation.workshop import Workshop
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, image_params
from tests.support.image_requests import encoded
from tests.support.tiny_pipeline import make_tiny_pipeline

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(autouse=True)
def _tiny_checkpoint(tiny_folder: Path) -> None:
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_folder), revision="", native_size=64)


def run(workshop: Workshop, *, max_batch: int = 1, stopping: threading.Event | None = None) -> Claim:
    claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=max_batch)
    assert claim is not None
    run_claim(claim, workshop=workshop, stopping=stopping or threading.Event())
    return claim


def on_step_of_runs(monkeypatch: pytest.MonkeyPatch, workshop: Workshop, hook: Callable[[int], None]) -> None:
    """Call `hook(step)` before each step's own callback, inside the engine."""
    original = runner._Run._on_step

    def hooked(self: Any, *args: Any) -> Callable[..., None]:
        inner = original(self, *args)

        def on_step(step: int, steps: int, preview: Callable[[int], bytes]) -> None:
            hook(step)
            inner(step, steps, preview)

        return on_step

    monkeypatch.setattr(runner._Run, "_on_step", hooked)


def test_run_makes_the_picture_and_ends_the_job(workshop: Workshop) -> None:
    job = JobFactory()

    run(workshop)

    job.refresh_from_db()
    assert (job.status, job.step, job.steps) == (Status.SUCCEEDED, 4, 4)
    assert job.engine_seconds > 0
    assert job.padded_batch_size == 1
    piece = job.outputs.get().content
    assert (piece.owner, piece.kind, piece.media_type, piece.visibility) == (job.owner, "image", "image/png", "private")
    data = content.services.read_bytes(content=piece)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (piece.width, piece.height) == (256, 256)
    assert read_parameters(data)["seed"] == piece.provenance["seed"] == 7
    assert piece.provenance["model"] == job.checkpoint.slug
    assert piece.provenance["revision"]
    assert Usage.objects.get(user=job.owner).engine_seconds > 0


def test_the_file_says_what_made_it_and_nothing_of_its_owner(workshop: Workshop) -> None:
    jobs = [JobFactory(owner=UserFactory(username=f"very-private-name-{number}")) for number in range(2)]
    for _ in jobs:
        run(workshop)

    # Nothing in it is of one job, of one owner or of one moment: the same request of another is the same file.
    first, second = (job.outputs.get().content for job in jobs)
    assert first.cid == second.cid
    data = content.services.read_bytes(content=first)
    assert b"very-private-name" not in data
    assert read_parameters(data) == first.provenance["parameters"]
    made_with = read_parameters(data)
    for name in ("engine", "model", "revision", "seed"):
        assert made_with[name] == first.provenance[name]


def test_several_images_of_one_job_have_consecutive_seeds(workshop: Workshop) -> None:
    job = JobFactory(params=image_params(number_of_images=3, seed=2**32 - 2))

    run(workshop)

    outputs = list(job.outputs.all())
    assert [output.content.provenance["seed"] for output in outputs] == [2**32 - 2, 2**32 - 1, 0]
    assert len({output.content.cid for output in outputs}) == 3
    job.refresh_from_db()
    assert (job.step, job.steps) == (12, 12)


def test_the_same_request_twice_is_one_content_with_two_outputs(workshop: Workshop) -> None:
    owner = UserFactory()
    for _ in range(2):
        JobFactory(owner=owner)
        run(workshop)

    assert Content.objects.count() == 1
    assert JobOutput.objects.count() == 2


def test_image_to_image_starts_from_the_owners_content(workshop: Workshop) -> None:
    first = JobFactory()
    run(workshop)
    source = first.outputs.get().content
    job = JobFactory(owner=first.owner, kind="image_to_image", params=image_params(image=source.cid, strength=0.5))

    run(workshop)

    piece = job.outputs.get().content
    assert piece.provenance["parents"] == [source.cid]
    assert piece.cid != source.cid


def test_image_to_image_from_a_deleted_picture_fails_with_a_sentence(workshop: Workshop) -> None:
    missing = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    job = JobFactory(kind="image_to_image", params=image_params(image=missing, strength=0.5))

    run(workshop)

    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert job.error_message


def test_jobs_of_one_batch_end_each_with_their_own_picture(workshop: Workshop) -> None:
    workshop_of_two = Workshop()
    workshop_of_two.max_batch = lambda: 2  # type: ignore[method-assign]
    jobs = [JobFactory(batch_key="same", params=image_params(seed=seed)) for seed in (1, 2)]

    claim = run(workshop_of_two, max_batch=2)

    assert len(claim.jobs) == 2
    for job, seed in zip(jobs, (1, 2), strict=True):
        job.refresh_from_db()
        assert (job.status, job.padded_batch_size) == (Status.SUCCEEDED, 2)
        assert job.outputs.get().content.provenance["seed"] == seed


def stored(owner: User, picture: Image.Image) -> Content:
    return content.services.store_upload(owner=owner, data=encoded(picture))


def test_masks_of_a_batch_are_each_their_jobs_own(workshop: Workshop) -> None:
    workshop_of_two = Workshop()
    workshop_of_two.max_batch = lambda: 2  # type: ignore[method-assign]
    owner, boxes = UserFactory(), [(0, 0, 128, 256), (128, 0, 256, 256)]
    image = stored(owner, Image.new("RGB", (256, 256), (200, 30, 30)))
    for box in boxes:
        mask = Image.new("RGBA", (256, 256), "black")
        mask.paste((0, 0, 0, 0), box)
        params = image_params(image=image.cid, mask=stored(owner, mask).cid, strength=1.0)
        JobFactory(owner=owner, kind="image_to_image", batch_key="same", params=params)

    claim = run(workshop_of_two, max_batch=2)

    assert len(claim.jobs) == 2
    for job, (left, *_) in zip(Job.objects.order_by("created_at"), boxes, strict=True):
        made = Image.open(io.BytesIO(content.services.read_bytes(content=job.outputs.get().content))).convert("RGB")
        kept = made.crop((128 - left, 0, 256 - left, 256))
        assert kept.getcolors() == [(128 * 256, (200, 30, 30))]
        assert job.outputs.get().content.provenance["parents"] == [image.cid, job.params["mask"]]


@pytest.mark.parametrize("gone", ["image", "mask"])
def test_a_deleted_picture_or_mask_fails_its_own_job_alone(workshop: Workshop, gone: str) -> None:
    owner = UserFactory()
    image = stored(owner, Image.new("RGB", (256, 256)))
    mask = stored(owner, Image.new("RGBA", (256, 256)))
    there = image_params(image=image.cid, mask=mask.cid, strength=1.0)
    missing = {gone: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}
    broken, whole = (
        JobFactory(owner=owner, kind="image_to_image", batch_key="same", params=params)
        for params in ({**there, **missing}, there)
    )

    run(workshop, max_batch=2)

    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.status, broken.error_code, whole.status) == (Status.FAILED, "not_found", Status.SUCCEEDED)


def test_a_public_job_makes_public_content(workshop: Workshop) -> None:
    job = JobFactory(visibility="public")

    run(workshop)

    assert job.outputs.get().content.visibility == Visibility.PUBLIC


@pytest.mark.parametrize("cancel_at", range(1, 21))
def test_cancel_stops_the_engine_within_two_steps(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, cancel_at: int
) -> None:
    job = JobFactory(params=image_params(num_inference_steps=24))
    seen: list[int] = []

    def hook(step: int) -> None:
        seen.append(step)
        if step == cancel_at:
            cancel(job=job)

    on_step_of_runs(monkeypatch, workshop, hook)

    run(workshop)

    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert seen[-1] <= cancel_at + 2
    assert not Content.objects.exists()


def test_cancel_of_one_lets_its_batch_mates_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop_of_two = Workshop()
    workshop_of_two.max_batch = lambda: 2  # type: ignore[method-assign]
    unwanted, wanted = (JobFactory(batch_key="same", params=image_params(seed=seed)) for seed in (1, 2))

    def cancel_one(step: int) -> None:
        if step == 1:
            cancel(job=unwanted)

    on_step_of_runs(monkeypatch, workshop_of_two, cancel_one)

    run(workshop_of_two, max_batch=2)

    unwanted.refresh_from_db()
    wanted.refresh_from_db()
    assert (unwanted.status, wanted.status) == (Status.CANCELLED, Status.SUCCEEDED)
    assert not unwanted.outputs.exists()


def test_a_result_is_discarded_when_the_claim_was_taken(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    job = JobFactory()

    def steal(step: int) -> None:
        if step == 4:
            Job.objects.filter(id=job.id).update(claim_token=uuid.uuid4(), worker="worker-2", attempt=2)

    on_step_of_runs(monkeypatch, workshop, steal)

    run(workshop)

    job.refresh_from_db()
    assert (job.status, job.worker) == (Status.RUNNING, "worker-2")
    assert not JobOutput.objects.exists()
    assert not Content.objects.exists()


def test_stopping_gives_the_job_back_without_using_an_attempt(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stopping = JobFactory(), threading.Event()
    on_step_of_runs(monkeypatch, workshop, lambda step: stopping.set())

    run(workshop, stopping=stopping)

    job.refresh_from_db()
    assert (job.status, job.attempt) == (Status.QUEUED, 0)
    assert couriers_waiting("cpu") == 1


def test_an_engine_out_of_memory_fails_its_job_and_the_next_one_runs(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = JobFactory(), JobFactory()

    def out_of_memory(step: int) -> None:
        if not first_ended():
            raise OutOfMemory

    def first_ended() -> bool:
        return Job.objects.filter(status=Status.FAILED).exists()

    on_step_of_runs(monkeypatch, workshop, out_of_memory)

    run(workshop)
    run(workshop)

    states = {Job.objects.get(id=job.id).status for job in (first, second)}
    assert states == {Status.FAILED, Status.SUCCEEDED}
    failed = Job.objects.get(status=Status.FAILED)
    assert failed.error_code == "out_of_memory"
    assert "smaller" in failed.error_message


def test_an_unexpected_failure_shows_no_detail(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    job = JobFactory()

    def explode(step: int) -> None:
        raise ValueError("/secret/path")

    on_step_of_runs(monkeypatch, workshop, explode)

    run(workshop)

    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert "secret" not in job.error_message


def test_missing_weights_fail_with_the_remedy(workshop: Workshop, tmp_path: Path) -> None:
    Checkpoint.objects.filter(default_for="image").update(source=str(tmp_path / "nothing"))
    job = JobFactory()

    run(workshop)

    job.refresh_from_db()
    assert job.status == Status.FAILED
    assert job.error_code == "engine_unavailable"
    assert str(tmp_path) not in job.error_message


def test_the_heartbeat_writes_progress_while_the_engine_works(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOB_STALE_SECONDS = 1
    job = JobFactory(params=image_params(num_inference_steps=6))
    steps: list[int] = []
    pause = threading.Event()

    def hook(step: int) -> None:
        pause.wait(0.25)
        steps.append(Job.objects.get(id=job.id).step)

    on_step_of_runs(monkeypatch, workshop, hook)

    run(workshop)

    assert max(steps) > 0
    assert steps == sorted(steps)


def test_run_uses_an_engine_of_the_profile(workshop: Workshop) -> None:
    with workshop.engine_for(Checkpoint.objects.get(default_for="image")) as engine:
        loaded: Engine = engine
        assert loaded.spec.capability == "image"
    assert workshop.loaded()

"""Jobs of providers, run by the dispatcher of the housekeeper against providers on loopback."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import InterfaceError

from accounts.models import User
from content.services import read_bytes
from generation.claim import Claim, claim_batch
from generation.couriers import couriers_waiting, send_courier
from generation.engines.png import read_parameters
from generation.models import Job, Status
from generation.presence import announce_queues, live_workers, queue_is_served
from generation.remote.dispatch import RemoteDispatcher
from generation.services import cancel, submit
from tests.factories.accounts import UserFactory
from tests.factories.generation import image_params
from tests.support.processes import wait_until
from tests.support.providers import SECRETS, TITAN, aws_error, chat, titan
from tests.support.receiver import Receiver
from tests.support.remote import BEDROCK_SLUG, COHERE_SLUG, NAME, serving_remote, set_up_providers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as receiver:
        set_up_providers(settings, monkeypatch, receiver.base_url)
        yield receiver


@pytest.fixture
def owner(provider: Receiver, _clean_state: None) -> User:
    announce_queues(["remote"], by="somebody")
    return UserFactory()


def submit_image(owner: User, **params: Any) -> Job:
    wanted = image_params(width=512, height=512, num_inference_steps=30, **params)
    return submit(owner=owner, kind="image", model=BEDROCK_SLUG, params=wanted)


def ended(job: Job) -> Job:
    def has_ended() -> bool:
        job.refresh_from_db()
        return job.is_terminal

    wait_until(has_ended, seconds=60, what="the end of the job")
    return job


def test_picture(owner: User, provider: Receiver) -> None:
    provider.answer = titan
    job = submit_image(owner, number_of_images=2, guidance_scale=12.0)
    assert (job.queue, job.model_id, job.checkpoint.slug) == ("remote", TITAN, BEDROCK_SLUG)

    with serving_remote():
        ended(job)

    assert (job.status, job.step, job.steps, job.attempt) == ("succeeded", 6, 6, 1)
    assert job.worker == NAME
    assert job.result["warnings"] == ["The guidance scale goes from 1.1 to 10 with this model: 12 became 10."]
    contents = [output.content for output in job.outputs.all()]
    assert [content.provenance["seed"] for content in contents] == [7, 8]
    assert {content.provenance["engine"] for content in contents} == {"bedrock"}
    assert {content.provenance["model"] for content in contents} == {BEDROCK_SLUG}
    parameters = read_parameters(read_bytes(content=contents[0]))
    assert (parameters["model_id"], parameters["guidance_scale"]) == (TITAN, 10)
    assert couriers_waiting("remote") == 0


def test_text(owner: User, provider: Receiver) -> None:
    provider.answer = chat({"type": "text", "text": "Hello there."})
    params = {"prompt": "Greet me.", "max_tokens": 20, "seed": 3}
    job = submit(owner=owner, kind="text", model=COHERE_SLUG, params=params)

    with serving_remote():
        ended(job)

    assert job.status == Status.SUCCEEDED
    assert (job.result["text"], job.result["finish_reason"]) == ("Hello there.", "stop")


def test_failure_has_the_sentence_and_no_secret(
    owner: User, provider: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = aws_error("ServiceQuotaExceededException", "You have reached your quota", 400)
    job = submit_image(owner)

    with serving_remote():
        ended(job)

    assert (job.status, job.error_code, job.error_retryable) == ("failed", "provider_quota", True)
    assert "AWS Service Quotas" in job.error_message
    assert not any(secret in caplog.text for secret in SECRETS)


def test_jobs_are_asked_for_at_the_same_time(owner: User, provider: Receiver) -> None:
    together = threading.Barrier(3)

    def answer(handler: Any) -> None:
        together.wait(30)
        titan(handler)

    provider.answer = answer
    jobs = [submit_image(owner, seed=seed) for seed in range(3)]

    with serving_remote(threads=3):
        assert {ended(job).status for job in jobs} == {"succeeded"}


def test_more_jobs_than_threads(owner: User, provider: Receiver) -> None:
    provider.answer = titan
    jobs = [submit_image(owner, seed=seed) for seed in range(5)]

    with serving_remote(threads=1):
        assert {ended(job).status for job in jobs} == {"succeeded"}


def test_a_look_that_failed_is_followed_by_others(
    owner: User, provider: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[dict[str, Any]] = []

    def claim(**options: Any) -> Claim | None:
        looks.append(options)
        if len(looks) == 1:
            raise InterfaceError("(0, '')")
        return claim_batch(**options)

    monkeypatch.setattr("generation.remote.dispatch.claim_batch", claim)
    provider.answer = titan
    job = submit_image(owner)

    with serving_remote():
        assert ended(job).status == Status.SUCCEEDED


def test_cancelled_job_does_not_wait_for_its_provider(owner: User, provider: Receiver) -> None:
    provider.answer = provider.hang
    job = submit_image(owner)

    with serving_remote(threads=1):
        wait_until(lambda: provider.messages, seconds=30, what="the call")
        cancel(job=job)
        provider.answer = titan
        # The only thread is free again.
        assert ended(submit_image(owner)).status == Status.SUCCEEDED

    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_stop_gives_jobs_back_at_once(owner: User, provider: Receiver) -> None:
    provider.answer = provider.hang
    job = submit_image(owner)

    with serving_remote():
        wait_until(lambda: provider.messages, seconds=30, what="the call")

    job.refresh_from_db()
    assert (job.status, job.attempt, job.worker) == ("queued", 0, "")
    assert couriers_waiting("remote") == 1


def test_provider_that_the_operator_took_away(owner: User, provider: Receiver, settings: Any) -> None:
    job = submit_image(owner)
    settings.ENGINES = {name: entry for name, entry in settings.ENGINES.items() if name != "bedrock"}

    with serving_remote():
        ended(job)

    assert (job.status, job.error_code) == ("failed", "engine_unavailable")
    assert "No engine for 'bedrock' is configured" in job.error_message


def test_presence_is_of_the_queue_alone(provider: Receiver) -> None:
    with serving_remote():
        assert queue_is_served("remote")
        # Whoever looks for inference workers finds none.
        assert live_workers() == []


def test_nobody_serves_without_a_provider() -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=RemoteDispatcher(name=NAME).run, args=(stopping,))
    thread.start()
    send_courier("remote")
    wait_until(lambda: couriers_waiting("remote") == 0, seconds=30, what="the courier being taken")
    stopping.set()
    thread.join()

    assert not queue_is_served("remote")


def test_neither_torch_nor_an_sdk_is_imported_before_the_first_job() -> None:
    program = """
import sys, django
django.setup()
import generation.management.commands.housekeeper
from generation.remote.dispatch import RemoteDispatcher
RemoteDispatcher(name="it")
print(sorted({"torch", "transformers", "boto3", "cohere", "huggingface_hub"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"

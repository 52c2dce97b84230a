"""Rows of the generation app in any state that the constraints allow."""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from generation.models import (
    Checkpoint,
    DeliveryStatus,
    Job,
    JobKind,
    JobOutput,
    ModelState,
    PersonalModel,
    Status,
    WebhookDelivery,
    WeightsKind,
)
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory


def image_params(**changes: Any) -> dict[str, Any]:
    """Validated parameters of a small picture."""
    return {
        "prompt": "a red circle on a blue background",
        "negative_prompt": "",
        "num_inference_steps": 4,
        "guidance_scale": 7.5,
        "width": 256,
        "height": 256,
        "seed": 7,
        "number_of_images": 1,
        **changes,
    }


class PersonalModelFactory(factory.django.DjangoModelFactory[PersonalModel]):
    """A LoRA that is ready, of which there is a row alone; traits for other states."""

    class Meta:
        model = PersonalModel

    owner = factory.SubFactory(UserFactory)
    alias = factory.Sequence(lambda number: f"model{number}")
    checkpoint = factory.LazyFunction(lambda: Checkpoint.objects.get(default_for="image"))
    kind = WeightsKind.LORA
    digest = factory.Sequence(lambda number: f"{number:064x}")
    source = factory.LazyAttribute(lambda model: f"sha256:{model.digest}")
    revision = factory.SelfAttribute("digest")
    size_bytes = 1000
    state = ModelState.READY
    created_at = factory.LazyFunction(timezone.now)
    updated_at = factory.SelfAttribute("created_at")

    class Params:
        draft = factory.Trait(
            state=ModelState.DRAFT,
            digest="",
            size_bytes=0,
            source="somebody/a-lora",
            revision="a" * 40,
            file_name="pytorch_lora_weights.safetensors",
        )
        failed = factory.Trait(draft=True, state=ModelState.FAILED, error_message="The hub could not be reached.")
        pipeline = factory.Trait(kind=WeightsKind.PIPELINE, source="folder:own", native_size=64)


class JobFactory(factory.django.DjangoModelFactory[Job]):
    """A queued job; `running=True`, `finished=…` for other states."""

    class Meta:
        model = Job

    owner = factory.SubFactory(UserFactory)
    kind = JobKind.IMAGE
    queue = "cpu"
    checkpoint = factory.LazyFunction(lambda: Checkpoint.objects.get(default_for="image"))
    params = factory.LazyFunction(image_params)
    batch_key = factory.LazyFunction(lambda: uuid.uuid4().hex)
    request_hash = factory.LazyFunction(lambda: uuid.uuid4().hex)
    created_at = factory.LazyFunction(timezone.now)
    steps = 4

    class Params:
        running = factory.Trait(
            status=Status.RUNNING,
            claim_token=factory.LazyFunction(uuid.uuid4),
            heartbeat_at=factory.LazyFunction(timezone.now),
            started_at=factory.LazyFunction(timezone.now),
            attempt=1,
            worker="worker-1",
        )
        stale = factory.Trait(
            running=True, heartbeat_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
        )
        succeeded = factory.Trait(
            status=Status.SUCCEEDED,
            started_at=factory.LazyFunction(timezone.now),
            finished_at=factory.LazyFunction(timezone.now),
        )
        failed = factory.Trait(
            status=Status.FAILED,
            finished_at=factory.LazyFunction(timezone.now),
            error_code="engine_error",
            error_message="The engine failed.",
        )


class JobOutputFactory(factory.django.DjangoModelFactory[JobOutput]):
    """A picture of a job that has succeeded, with the provenance that a runner writes."""

    class Meta:
        model = JobOutput

    job = factory.SubFactory(JobFactory, succeeded=True)
    index = 0
    content = factory.SubFactory(
        ContentFactory,
        picture=True,
        owner=factory.SelfAttribute("..job.owner"),
        prompt=factory.LazyAttribute(lambda content: content.factory_parent.job.params["prompt"]),
        provenance=factory.LazyAttribute(lambda content: provenance_of(content.factory_parent.job)),
    )


def provenance_of(job: Job) -> dict[str, Any]:
    """Where a picture of the job comes from."""
    return {
        "engine": "stable-diffusion",
        "model": job.checkpoint.slug,
        "revision": "r1",
        "seed": job.params["seed"],
        "parameters": {**job.params, "generated_size": [128, 128], "scheduler": "DDIMScheduler", "dtype": "float32"},
        "parents": [job.params["image"]] if job.params.get("image") else [],
    }


class WebhookDeliveryFactory(factory.django.DjangoModelFactory[WebhookDelivery]):
    """A message that is due now, of a job that has succeeded; traits for other states."""

    class Meta:
        model = WebhookDelivery

    job = factory.SubFactory(JobFactory, succeeded=True, webhook=factory.SelfAttribute("..url"))
    url = "https://hooks.example/atelier"
    event = factory.SelfAttribute("job.status")
    created_at = factory.LazyFunction(timezone.now)
    next_try_at = factory.LazyFunction(timezone.now)
    give_up_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))

    class Params:
        waiting = factory.Trait(next_try_at=factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1)))
        under_way = factory.Trait(
            claim_token=factory.LazyFunction(uuid.uuid4),
            next_try_at=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1)),
            attempts=1,
        )
        lost = factory.Trait(claim_token=factory.LazyFunction(uuid.uuid4), attempts=1)
        delivered = factory.Trait(
            status=DeliveryStatus.DELIVERED, next_try_at=None, delivered_at=factory.LazyFunction(timezone.now)
        )
        given_up = factory.Trait(status=DeliveryStatus.GIVEN_UP, next_try_at=None)

"""Rows of the generation app in any state that the constraints allow."""

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from generation.models import Checkpoint, Job, JobKind, Status
from tests.factories.accounts import UserFactory


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
        stale = factory.Trait(running=True, heartbeat_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=1)))
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

"""What closing an account means for its jobs and models, and what its owner may take away of them."""

from contextlib import suppress
from typing import Any

from accounts.models import User
from generation import services
from generation.errors import JobFinished, ModelNotFound
from generation.models import TERMINAL, Job, PersonalModel
from generation.personal import services as personal


def cancel_jobs(user: User, **_: object) -> None:
    """Cancel what is queued and running; receiver of `account_closing`. Workers stop within two steps."""
    for job in Job.objects.filter(owner=user).exclude(status__in=TERMINAL):
        with suppress(JobFinished):
            services.cancel(job=job)


def delete_models(user: User, **_: object) -> None:
    """Delete the personal models with their files; receiver of `account_emptying`."""
    for model in PersonalModel.objects.filter(owner=user).select_related("owner"):
        with suppress(ModelNotFound):
            personal.delete(model=model)


def exported_models(user: User) -> list[dict[str, Any]]:
    """The personal models, for the account's JSON file."""
    fields = ("alias", "kind", "source", "revision", "digest", "size_bytes", "instance_token", "state", "shared")
    return list(PersonalModel.objects.filter(owner=user).order_by("created_at").values(*fields, "created_at"))


def exported_jobs(user: User) -> list[dict[str, Any]]:
    """The jobs, oldest first, for the account's JSON file; what they made is in the library."""
    fields = ("id", "kind", "params", "result", "visibility", "status", "error_message", "model_source", "webhook")
    times = ("created_at", "started_at", "finished_at")
    found = Job.objects.filter(owner=user).order_by("created_at", "id").values(*fields, *times, "checkpoint__slug")
    return [{"model": job.pop("checkpoint__slug"), **job} for job in found]

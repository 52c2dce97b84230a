"""Reading jobs."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from common.errors import NotFound
from common.events import JobMessage
from generation.models import Job, JobOutput, Status


def jobs_of(*, owner: User) -> QuerySet[Job]:
    """The owner's jobs, newest first, with what a page of them needs in two queries."""
    return (
        Job.objects.filter(owner=owner)
        .select_related("owner", "checkpoint")
        .prefetch_related("outputs__content")
        .order_by("-created_at", "-id")
    )


def job_of(*, owner: User, job_id: UUID) -> Job:
    """One job of the owner; raises `NotFound` for one that does not exist or is another user's."""
    job = jobs_of(owner=owner).filter(id=job_id).first()
    if job is None:
        raise NotFound
    return job


def output_of(*, output_id: UUID) -> JobOutput:
    """An output by its id, whoever's it is: the caller checks who may see its content. Raises `NotFound`."""
    output = JobOutput.objects.select_related("content__owner", "job").filter(id=output_id).first()
    if output is None:
        raise NotFound
    return output


def queue_position(job: Job) -> int | None:
    """How many queued jobs of the same queue are as old or older, from 1; None unless queued. Fair order may differ."""
    if job.status != Status.QUEUED:
        return None
    ahead = Job.objects.filter(status=Status.QUEUED, queue=job.queue)
    return ahead.filter(Q(created_at__lt=job.created_at) | Q(created_at=job.created_at, id__lte=job.id)).count()


def job_message(job: Job, *, outputs: list[dict[str, Any]] | None = None) -> JobMessage:
    """The state of a job as its websocket message; `outputs` as the caller renders them."""
    return {
        "type": "job",
        "id": str(job.id),
        "status": job.status,
        "step": job.step,
        "steps": job.steps,
        "fraction": fraction(job),
        "eta_seconds": None,
        "queue_position": queue_position(job),
        "preview": None,
        "outputs": outputs or [],
        "error": error_body(job),
    }


def fraction(job: Job) -> float:
    """How much is done, 0–1."""
    if job.status == Status.SUCCEEDED:
        return 1.0
    return min(job.step / job.steps, 1.0) if job.steps else 0.0


def error_body(job: Job) -> Any:
    """Why a failed job failed, safe to show; None for any other."""
    if job.status != Status.FAILED:
        return None
    return {"code": job.error_code, "message": job.error_message, "retryable": job.error_retryable}

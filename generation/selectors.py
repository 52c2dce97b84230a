"""Reading jobs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from common.errors import NotFound
from generation.handlers import related_names
from generation.models import Job, JobOutput, Status


def jobs_of(*, owner: User) -> QuerySet[Job]:
    """The owner's jobs, newest first, with what a page of them needs in two queries."""
    return (
        Job.objects.filter(owner=owner)
        .select_related("owner", "checkpoint", *related_names())
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


def queue_positions(jobs: Iterable[Job]) -> dict[UUID, int]:
    """`queue_position` of each queued one of `jobs`, in one query."""
    ahead = {
        str(job.id): Count(
            "id",
            filter=Q(queue=job.queue)
            & (Q(created_at__lt=job.created_at) | Q(created_at=job.created_at, id__lte=job.id)),
        )
        for job in jobs
        if job.status == Status.QUEUED
    }
    counted = Job.objects.filter(status=Status.QUEUED).aggregate(**ahead) if ahead else {}
    return {UUID(job_id): position for job_id, position in counted.items()}


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


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """How many jobs of a queue wait (`queued`) or run, and for how long the oldest of them has been there."""

    queue: str
    status: str
    jobs: int
    oldest_seconds: float


def queue_loads() -> list[QueueLoad]:
    """What every queue has to do, by queue and state; ended jobs, of which there may be millions, are not read."""
    active = Job.objects.filter(status__in=(Status.QUEUED, Status.RUNNING)).values("queue", "status")
    now = timezone.now()
    return [
        QueueLoad(row["queue"], row["status"], row["jobs"], max((now - row["oldest"]).total_seconds(), 0.0))
        for row in active.annotate(jobs=Count("id"), oldest=Min("created_at")).order_by("queue", "status")
    ]

"""How jobs and their outputs look in JSON: for the API, for the last server-sent event, for sockets."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django.urls import reverse
from django.utils import timezone

from common.events import JobEvent, JobMessage, JobStatus
from content.models import Kind, Visibility
from content.signing import signed_path
from generation.handlers import handler_of
from generation.models import Job, JobOutput, Status
from generation.selectors import error_body, fraction, queue_position, queue_positions

# Turns a path into a URL: absolute where the base is known.
ToUrl = Callable[[str], str]
_VIEW_OF_KIND = {
    Kind.IMAGE.value: "generated-image",
    Kind.AUDIO.value: "generated-sound",
    Kind.TEXT.value: "generated-text",
}


def output_path(output: JobOutput, *args: object, view: str = "") -> str:
    """The path of an output's file, with a signature where its content is private.

    `view` names another one of it, `args` what its path has behind the output's id.
    """
    path = reverse(view or _VIEW_OF_KIND[output.content.kind], args=[output.id, *args])
    return path if output.content.visibility == Visibility.PUBLIC else signed_path(path)


def output_body(output: JobOutput, to_url: ToUrl) -> dict[str, Any]:
    """One entry of a job's `outputs`."""
    content = output.content
    return {
        "id": str(output.id),
        "cid": content.cid,
        "kind": content.kind,
        "media_type": content.media_type,
        "url": to_url(output_path(output)),
        "size_bytes": content.size_bytes,
        "width": content.width,
        "height": content.height,
        "duration": content.duration,
        "seed": content.provenance.get("seed"),
        "visibility": content.visibility,
    }


def job_body(job: Job, to_url: ToUrl) -> dict[str, Any]:
    """A job as `/api/v1` shows it. Its outputs must be prefetched, its checkpoint loaded."""
    return _job_body(job, to_url, queue_position(job))


def job_bodies(jobs: Sequence[Job], to_url: ToUrl) -> list[dict[str, Any]]:
    """`job_body` of each of a page's jobs, with one query for all their places in the queue."""
    positions = queue_positions(jobs)
    return [_job_body(job, to_url, positions.get(job.id)) for job in jobs]


def _job_body(job: Job, to_url: ToUrl, position: int | None) -> dict[str, Any]:
    self_path = reverse("job", args=[job.id])
    return {
        "id": str(job.id),
        "kind": job.kind,
        "status": job.status,
        "params": job.params,
        "model": job.model_name or job.checkpoint.slug,
        "visibility": job.visibility,
        "priority": job.priority,
        "progress": {
            "step": job.step,
            "steps": job.steps,
            "fraction": fraction(job),
            "eta_seconds": eta_seconds(job),
            "queue_position": position,
        },
        "error": error_body(job),
        "outputs": [output_body(output, to_url) for output in job.outputs.all()],
        "result": handler_of(job.kind).result_of(job),
        "timings": timings(job),
        "created_at": _rfc3339(job.created_at),
        "started_at": _rfc3339(job.started_at),
        "finished_at": _rfc3339(job.finished_at),
        "urls": {
            "self": to_url(self_path),
            "cancel": to_url(reverse("job-cancel", args=[job.id])),
            "events": to_url(reverse("job-events", args=[job.id])),
        },
    }


def message_of_row(job: Job, to_url: ToUrl) -> JobMessage:
    """The socket message of a job's row; its outputs must be prefetched."""
    return messages_of_rows([job], to_url)[0]


def messages_of_rows(jobs: Iterable[Job], to_url: ToUrl) -> list[JobMessage]:
    """`message_of_row` of each job, with one query for all their places in the queue."""
    jobs = list(jobs)
    positions = queue_positions(jobs)
    return [
        {
            "type": "job",
            "id": str(job.id),
            "status": cast(JobStatus, job.status),
            "step": job.step,
            "steps": job.steps,
            "fraction": fraction(job),
            "eta_seconds": eta_seconds(job),
            "queue_position": positions.get(job.id),
            "preview": None,
            "outputs": [output_body(output, to_url) for output in job.outputs.all()],
            "error": error_body(job),
        }
        for job in jobs
    ]


def message_of_progress(event: JobEvent) -> JobMessage:
    """The socket message of a running job's event: it holds all there is to say, the row is not read."""
    return {
        "type": "job",
        "id": event["id"],
        "status": event["status"],
        "step": event["step"],
        "steps": event["steps"],
        "fraction": min(event["step"] / event["steps"], 1.0) if event["steps"] else 0.0,
        "eta_seconds": event["eta_seconds"],
        "queue_position": None,
        "preview": event.get("preview"),
        "outputs": [],
        "error": None,
    }


def eta_seconds(job: Job) -> float | None:
    """Seconds until a running job ends at its pace so far; None before its first step and when it does not run."""
    if job.status != Status.RUNNING or not job.step or job.started_at is None:
        return None
    elapsed = (timezone.now() - job.started_at).total_seconds()
    return round(max(0.0, elapsed / job.step * (job.steps - job.step)), 1)


def timings(job: Job) -> dict[str, float]:
    """Seconds so far: waiting in the queue, in the engine, and altogether."""
    now = timezone.now()
    start, end = job.started_at or job.finished_at or now, job.finished_at or now
    return {
        "queued_seconds": _seconds(job.created_at, start),
        "engine_seconds": round(job.engine_seconds, 3),
        "total_seconds": _seconds(job.created_at, end),
    }


def _seconds(start: datetime, end: datetime) -> float:
    return round(max(0.0, (end - start).total_seconds()), 3)


def _rfc3339(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None

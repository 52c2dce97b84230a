"""Messages that say what happens to a job. Sender, websocket consumers and tests share these types."""

from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class JobErrorBody(TypedDict):
    """Why a job failed, safe to show."""

    code: str
    message: str
    retryable: bool


class JobMessage(TypedDict):
    """One message of `/ws/jobs/<id>/` and `/ws/me/`.

    `fraction` is 0–1, `eta_seconds` seconds or None, `queue_position` counts from 1 (None unless queued),
    `preview` a data URL of a small JPEG or None.
    """

    type: Literal["job"]
    id: str
    status: JobStatus
    step: int
    steps: int
    fraction: float
    eta_seconds: float | None
    queue_position: int | None
    preview: str | None
    outputs: list[dict[str, Any]]
    error: JobErrorBody | None


class JobEvent(TypedDict):
    """What a process sends through the channel layer: ids and state, never content.

    `type` names the consumer's handler. A receiver that needs outputs re-reads the row.
    """

    type: Literal["job.event"]
    id: str
    status: JobStatus
    step: int
    steps: int
    eta_seconds: float | None
    preview: NotRequired[str]


def job_group(job_id: UUID) -> str:
    """The channel-layer group of those who wait for one job."""
    return f"job.{job_id}"


def owner_group(public_id: UUID) -> str:
    """The channel-layer group of a user's own sockets."""
    return f"owner.{public_id}"

"""Making, cancelling and giving back jobs."""

import hashlib
import json
import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services import check_quota, lock_quota, record_use
from generation.cancellation import flag_cancelled
from generation.checkpoints import engine_entry, find_checkpoint
from generation.couriers import send_courier
from generation.errors import IdempotencyConflict, JobFinished, NoWorker, QueueFull, WorkerDied
from generation.events import publish
from generation.models import CAPABILITY_OF_KIND, Checkpoint, Job, JobKind, Status
from generation.presence import queue_is_served

# Parameters that an engine call has once, for all its requests.
_SHARED_BY_BATCH = ("width", "height", "num_inference_steps", "guidance_scale", "strength")


def submit(
    *,
    owner: User,
    kind: str,
    params: dict[str, Any],
    model: str | None = None,
    visibility: str = "private",
    priority: int = 0,
    idempotency_key: str | None = None,
) -> Job:
    """Write down a job and send for a worker.

    `params` are validated; a seed of None becomes a random one. With an `idempotency_key` that this owner used before,
    the job of then. Raises `ModelNotFound`, `IdempotencyConflict`, `QuotaReached`, `QueueFull`, `NoWorker`.
    """
    capability = CAPABILITY_OF_KIND[JobKind(kind)]
    queue = engine_entry(capability).queue
    checkpoint = find_checkpoint(capability=capability, slug=model)
    request_hash = _digest({"kind": kind, "params": params, "model": checkpoint.slug, "visibility": visibility})
    earlier = _earlier(owner, idempotency_key, request_hash)
    if earlier is not None:
        return earlier
    if not queue_is_served(queue):
        raise NoWorker(retry_after=30)
    if Job.objects.filter(status=Status.QUEUED)[: settings.QUEUE_LIMIT].count() >= settings.QUEUE_LIMIT:
        raise QueueFull(retry_after=60)
    if params.get("seed") is None:
        params = {**params, "seed": secrets.randbelow(2**32)}
    try:
        with transaction.atomic():
            # Counted under the lock, or two submits at once would both see the last free place.
            lock_quota(owner=owner)
            active = Job.objects.filter(owner=owner, status__in=(Status.QUEUED, Status.RUNNING)).count()
            check_quota(owner=owner, active_jobs=active)
            # Behind the lock on the owner's quota a twin of this request is either there or not coming.
            earlier = _earlier(owner, idempotency_key, request_hash)
            if earlier is not None:
                return earlier
            job = Job.objects.create(
                owner=owner,
                kind=kind,
                queue=queue,
                checkpoint=checkpoint,
                params=params,
                visibility=visibility,
                priority=priority,
                batch_key=_batch_key(kind, checkpoint, params),
                steps=_total_steps(params),
                idempotency_key=idempotency_key,
                request_hash=request_hash,
                created_at=timezone.now(),
            )
            record_use(owner=owner, jobs=1)
            transaction.on_commit(lambda: send_courier(queue), robust=True)
            transaction.on_commit(lambda: publish(job), robust=True)
    except IntegrityError:
        earlier = _earlier(owner, idempotency_key, request_hash)
        if earlier is None:
            raise
        return earlier
    return job


def cancel(*, job: Job) -> Job:
    """End a queued or running job now; its worker notices within two steps. Raises `JobFinished`."""
    ended = Job.objects.filter(id=job.id, status__in=(Status.QUEUED, Status.RUNNING)).update(
        status=Status.CANCELLED, claim_token=None, heartbeat_at=None, finished_at=timezone.now()
    )
    if not ended:
        raise JobFinished
    flag_cancelled(job.id)
    job = Job.objects.select_related("owner", "checkpoint").get(id=job.id)
    publish(job)
    return job


def release_worker(*, worker: str) -> int:
    """Give back what a worker held when it died. Returns the number of jobs. Call only when the process is gone."""
    return requeue_lost(lost=Job.objects.filter(status=Status.RUNNING, worker=worker))


def requeue_lost(*, lost: QuerySet[Job]) -> int:
    """Queue running jobs again whose worker is gone, or fail them after `JOB_MAX_ATTEMPTS`. Returns their number."""
    returned = 0
    for job in lost.select_related("owner"):
        # The claim token is the fence: a worker that beat meanwhile still loses, but only once.
        same = Job.objects.filter(
            id=job.id, status=Status.RUNNING, claim_token=job.claim_token, heartbeat_at=job.heartbeat_at
        )
        if job.attempt >= settings.JOB_MAX_ATTEMPTS:
            changed = same.update(
                status=Status.FAILED,
                claim_token=None,
                heartbeat_at=None,
                finished_at=timezone.now(),
                error_code=WorkerDied.code,
                error_message=WorkerDied.message,
                error_retryable=False,
            )
        else:
            changed = same.update(status=Status.QUEUED, claim_token=None, heartbeat_at=None, worker="", step=0)
            if changed:
                send_courier(job.queue)
        if changed:
            returned += 1
            job.refresh_from_db()
            publish(job)
    return returned


def _earlier(owner: User, idempotency_key: str | None, request_hash: str) -> Job | None:
    if idempotency_key is None:
        return None
    job = Job.objects.filter(owner=owner, idempotency_key=idempotency_key).first()
    if job is not None and job.request_hash != request_hash:
        raise IdempotencyConflict
    return job


def _total_steps(params: dict[str, Any]) -> int:
    return int(params.get("num_inference_steps", 1)) * int(params.get("number_of_images", 1))


def _batch_key(kind: str, checkpoint: Checkpoint, params: dict[str, Any]) -> str:
    return _digest([kind, checkpoint.pk, checkpoint.revision, [params.get(name) for name in _SHARED_BY_BATCH]])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

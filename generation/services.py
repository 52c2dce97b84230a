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
from common.database import transactional
from generation.cancellation import flag_cancelled
from generation.checkpoints import engine_entry, find_checkpoint
from generation.couriers import send_courier
from generation.errors import IdempotencyConflict, JobFinished, ModelNotFound, NoWorker, QueueFull, WorkerDied
from generation.events import publish
from generation.handlers import handler_of
from generation.models import CAPABILITY_OF_KIND, Capability, Checkpoint, Job, JobKind, PersonalModel, Status
from generation.personal.selectors import name_for, usable_model
from generation.presence import queue_is_served
from generation.webhooks.services import announce_end, require_secret

# Every model takes these, those of providers included.
_RANDOM_SEEDS = 2**31 - 1


def submit(
    *,
    owner: User,
    kind: str,
    params: dict[str, Any],
    model: str | None = None,
    user_id: str | None = None,
    visibility: str = "private",
    priority: int = 0,
    idempotency_key: str | None = None,
    webhook: str = "",
) -> Job:
    """Write down a job and send for a worker.

    `params` are validated; a seed of None becomes a random one. `model` names a checkpoint or a personal model,
    `user_id` a personal one alone; "default" is the default checkpoint in both. With an `idempotency_key` that this
    owner used before, the job of then. `webhook` is a URL that is told of its end
    (`generation.webhooks.addresses.check_url` has passed it). Raises `ModelNotFound`, `ModelNotReady`,
    `IdempotencyConflict`, `QuotaReached`, `QueueFull`, `NoWorker`, and `NoWebhookSecret`.
    """
    capability = CAPABILITY_OF_KIND[JobKind(kind)]
    checkpoint, personal = _find_model(owner, capability, model, user_id)
    queue = _queue_for(checkpoint, params)
    asked = {
        "kind": kind,
        "params": params,
        "model": str(personal.pk) if personal else checkpoint.slug,
        "visibility": visibility,
    }
    request_hash = _digest({**asked, "webhook": webhook} if webhook else asked)
    earlier = _earlier(owner, idempotency_key, request_hash)
    if earlier is not None:
        return earlier
    if webhook:
        require_secret(owner=owner)
    if not queue_is_served(queue):
        raise NoWorker(retry_after=30)
    if Job.objects.filter(status=Status.QUEUED)[: settings.QUEUE_LIMIT].count() >= settings.QUEUE_LIMIT:
        raise QueueFull(retry_after=60)
    if "seed" in params and params["seed"] is None:
        params = {**params, "seed": random_seed()}
    try:
        return _write(
            owner=owner,
            kind=kind,
            queue=queue,
            checkpoint=checkpoint,
            personal_model=personal,
            model_name=name_for(personal, owner) if personal else "",
            model_source=_source_to_name(checkpoint, personal),
            params=params,
            visibility=visibility,
            priority=priority,
            batch_key=_batch_key(kind, checkpoint, personal, params),
            steps=handler_of(kind).total_steps(params),
            idempotency_key=idempotency_key,
            request_hash=request_hash,
            webhook=webhook,
        )
    except IntegrityError:
        earlier = _earlier(owner, idempotency_key, request_hash)
        if earlier is None:
            if personal is not None and not PersonalModel.objects.filter(pk=personal.pk).exists():
                # Deleted between the look and the row.
                raise ModelNotFound from None
            raise
        return earlier


@transactional
def _write(*, owner: User, idempotency_key: str | None, request_hash: str, **fields: Any) -> Job:
    """The row of a new job, or the one that a twin of this request has made meanwhile."""
    # Counted under the lock, or two submits at once would both see the last free place.
    lock_quota(owner=owner)
    active = Job.objects.filter(owner=owner, status__in=(Status.QUEUED, Status.RUNNING)).count()
    check_quota(owner=owner, active_jobs=active)
    # Behind the lock on the owner's quota a twin of this request is either there or not coming.
    earlier = _earlier(owner, idempotency_key, request_hash)
    if earlier is not None:
        return earlier
    job = Job.objects.create(
        owner=owner, idempotency_key=idempotency_key, request_hash=request_hash, created_at=timezone.now(), **fields
    )
    record_use(owner=owner, jobs=1)
    transaction.on_commit(lambda: send_courier(job.queue), robust=True)
    transaction.on_commit(lambda: publish(job), robust=True)
    return job


def random_seed() -> int:
    """A seed that every model takes."""
    return secrets.randbelow(_RANDOM_SEEDS)


def cancel(*, job: Job) -> Job:
    """End a queued or running job now; its worker notices within two steps. Raises `JobFinished`."""
    _end_as_cancelled(job)
    flag_cancelled(job.id)
    job = Job.objects.select_related("owner", "checkpoint").get(id=job.id)
    publish(job)
    return job


@transactional
def _end_as_cancelled(job: Job) -> None:
    ended = Job.objects.filter(id=job.id, status__in=(Status.QUEUED, Status.RUNNING)).update(
        status=Status.CANCELLED, claim_token=None, heartbeat_at=None, finished_at=timezone.now()
    )
    if not ended:
        raise JobFinished
    announce_end(job=job, status=Status.CANCELLED)


def repeat(*, job: Job) -> Job:
    """The same request once more, as a new job of the same owner. Raises what `submit` raises."""
    return submit(
        owner=job.owner,
        kind=job.kind,
        params=job.params,
        model=job.model_name or job.checkpoint.slug,
        visibility=job.visibility,
        priority=job.priority,
        webhook=job.webhook,
    )


def requeue(*, job: Job) -> Job:
    """What an operator does about a job that is stuck or has failed: the job that is queued thereafter.

    A running one is taken from its worker, which counts as an attempt; one that waits is called out again; of one
    that has ended there is a new one, since an end is for good. Raises what `submit` raises.
    """
    if job.is_terminal:
        return repeat(job=job)
    if not requeue_lost(lost=Job.objects.filter(id=job.id, status=Status.RUNNING)):
        send_courier(job.queue)
    return Job.objects.get(id=job.id)


def release_worker(*, worker: str) -> int:
    """Give back what a worker held when it died. Returns the number of jobs. Call only when the process is gone."""
    return requeue_lost(lost=Job.objects.filter(status=Status.RUNNING, worker=worker))


def requeue_lost(*, lost: QuerySet[Job]) -> int:
    """Queue running jobs again whose worker is gone, or fail them after `JOB_MAX_ATTEMPTS`. Returns their number."""
    returned = 0
    for job in lost.select_related("owner"):
        if not _take_from_worker(job):
            continue
        returned += 1
        job.refresh_from_db()
        if job.status == Status.QUEUED:
            send_courier(job.queue)
        publish(job)
    return returned


@transactional
def _take_from_worker(job: Job) -> bool:
    """Queue a running job again, or fail it for good; whether its worker still held it as `job` says."""
    # The claim token is the fence: a worker that beat meanwhile still loses, but only once.
    same = Job.objects.filter(
        id=job.id, status=Status.RUNNING, claim_token=job.claim_token, heartbeat_at=job.heartbeat_at
    )
    if job.attempt < settings.JOB_MAX_ATTEMPTS:
        return bool(same.update(status=Status.QUEUED, claim_token=None, heartbeat_at=None, worker="", step=0))
    failed = same.update(
        status=Status.FAILED,
        claim_token=None,
        heartbeat_at=None,
        finished_at=timezone.now(),
        error_code=WorkerDied.code,
        error_message=WorkerDied.message,
        error_retryable=False,
    )
    if failed:
        announce_end(job=job, status=Status.FAILED)
    return bool(failed)


def _queue_for(checkpoint: Checkpoint, params: dict[str, Any]) -> str:
    """Where a job waits: with its engine, or with the label engine where a provider's picture is to be labelled.

    Who serves providers has no torch, but an inference worker can call a provider, too.
    """
    entry = engine_entry(checkpoint)
    if entry.is_remote and "labels" in params:
        labels = Checkpoint.objects.filter(default_for=Capability.LABELS).first()
        if labels is not None:
            return engine_entry(labels).queue
    return entry.queue


def _source_to_name(checkpoint: Checkpoint, personal: PersonalModel | None) -> str:
    """What answers name beside or instead of the checkpoint: a personal model's source, a provider's model id."""
    if personal is not None:
        return personal.source
    return checkpoint.source if engine_entry(checkpoint).is_remote else ""


def _earlier(owner: User, idempotency_key: str | None, request_hash: str) -> Job | None:
    if idempotency_key is None:
        return None
    job = Job.objects.filter(owner=owner, idempotency_key=idempotency_key).first()
    if job is not None and job.request_hash != request_hash:
        raise IdempotencyConflict
    return job


def _find_model(
    owner: User, capability: str, model: str | None, user_id: str | None
) -> tuple[Checkpoint, PersonalModel | None]:
    """The checkpoint that runs a request, and the personal model that changes or replaces its weights."""
    name = model if user_id is None else user_id
    if name is None or name == "default":
        return find_checkpoint(capability=capability, slug=None), None
    if user_id is None and Checkpoint.objects.filter(slug=name).exists():
        return find_checkpoint(capability=capability, slug=name), None
    personal = usable_model(viewer=owner, name=name)
    if personal.checkpoint.capability != capability:
        raise ModelNotFound
    return personal.checkpoint, personal


def _batch_key(kind: str, checkpoint: Checkpoint, personal: PersonalModel | None, params: dict[str, Any]) -> str:
    shared = handler_of(kind).shared_by_batch(params)
    # One engine call has one set of weights.
    weights = [checkpoint.pk, checkpoint.revision, *([personal.digest] if personal else [])]
    return _digest([kind, *weights, shared])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

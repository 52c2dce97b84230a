"""Taking queued jobs for a worker: fair between owners, and never the same job twice.

Candidates are read without locks, then one UPDATE takes those that are still queued. The same code is right on SQLite
and MariaDB: the UPDATE's own row locks decide, and a loser simply looks again.
"""

import logging
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import OperationalError, connection
from django.db.models import Count, F, Max
from django.utils import timezone

from common.database import transactional
from generation.models import Job, Status

logger = logging.getLogger(__name__)

_TRIES = 12
_RETRY_SECONDS = 0.02
# How many owners and jobs of one owner are looked at in one go: more only matter when others take these first.
_OWNERS = 8
_JOBS_OF_AN_OWNER = 16


@dataclass(frozen=True)
class Claim:
    """Jobs that one worker holds until they end or are given back; `token` proves it."""

    token: uuid.UUID
    jobs: list[Job]


def claim_batch(*, worker: str, queues: Sequence[str], max_batch: int) -> Claim | None:
    """Take the job whose turn it is, and up to `max_batch` − 1 requests of others that can share its engine call.

    None when nothing is queued for these queues.
    """
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(random.uniform(0, _RETRY_SECONDS * 2 ** min(attempt, 5)))  # noqa: S311 - jitter, no secret
        try:
            candidates = _candidates(queues)
            if not candidates:
                return None
            for first in candidates:
                claim = _take([first], worker)
                if claim is not None:
                    return _with_mates(claim, worker, max_batch)
        except OperationalError as error:  # A deadlock or a lock that was not granted in time: look again.
            logger.debug("Claiming again after: %s", error)
            connection.close_if_unusable_or_obsolete()
    logger.warning("Nothing could be claimed in %d tries though jobs are queued; the reaper will call again.", _TRIES)
    return None


def something_is_queued(queues: Sequence[str]) -> bool:
    """Whether another courier is worth sending."""
    return Job.objects.filter(status=Status.QUEUED, queue__in=queues).exists()


@transactional
def give_back(claim: Claim) -> int:
    """Put a claim's running jobs back into the queue as if it had not been: no attempt is used. Returns the number."""
    held = Job.objects.filter(claim_token=claim.token, status=Status.RUNNING)
    return held.update(
        status=Status.QUEUED, claim_token=None, heartbeat_at=None, worker="", step=0, attempt=F("attempt") - 1
    )


def _candidates(queues: Sequence[str]) -> list[uuid.UUID]:
    """Queued jobs in fair order: owners with fewest running, then served longest ago; priority, then age within one."""
    queued = Job.objects.filter(status=Status.QUEUED, queue__in=queues)
    waiting = set(queued.order_by().values_list("owner_id", flat=True).distinct())
    if not waiting:
        return []
    running = dict(
        Job.objects.filter(status=Status.RUNNING).order_by().values_list("owner_id").annotate(number=Count("id"))
    )
    fewest = min(running.get(owner, 0) for owner in waiting)
    tied = [owner for owner in waiting if running.get(owner, 0) == fewest]
    order = tied
    if len(tied) > 1:
        served = dict(
            Job.objects.filter(owner__in=tied).order_by().values_list("owner_id").annotate(at=Max("started_at"))
        )
        never = datetime.min.replace(tzinfo=UTC)
        order = sorted(tied, key=lambda owner: (served.get(owner) or never, owner))
    found: list[uuid.UUID] = []
    for owner in order[:_OWNERS]:
        own = queued.filter(owner=owner).order_by("-priority", "created_at", "id")
        found += own.values_list("id", flat=True)[:_JOBS_OF_AN_OWNER]
    return found


def _take(ids: Sequence[uuid.UUID], worker: str, token: uuid.UUID | None = None) -> Claim | None:
    token = token or uuid.uuid4()
    now = timezone.now()
    taken = Job.objects.filter(id__in=ids, status=Status.QUEUED).update(
        status=Status.RUNNING,
        claim_token=token,
        worker=worker,
        heartbeat_at=now,
        started_at=now,
        step=0,
        attempt=F("attempt") + 1,
    )
    if not taken:
        return None
    held = Job.objects.filter(claim_token=token, status=Status.RUNNING).select_related("owner", "checkpoint")
    return Claim(token=token, jobs=list(held.order_by("created_at", "id")))


def _with_mates(claim: Claim, worker: str, max_batch: int) -> Claim:
    """The claim, enlarged by queued jobs with the same batch key while the engine call has room for their images."""
    if not claim.jobs:  # Cancelled between the two queries.
        return claim
    first = claim.jobs[0]
    room = max_batch - _images(first)
    if room <= 0:
        return claim
    mates: list[uuid.UUID] = []
    same = Job.objects.filter(status=Status.QUEUED, queue=first.queue, batch_key=first.batch_key).exclude(id=first.id)
    for job in same.order_by("created_at", "id")[: max_batch * 2]:
        if _images(job) <= room:
            mates.append(job.id)
            room -= _images(job)
    enlarged = _take(mates, worker, claim.token) if mates else None
    if enlarged is None:
        return claim
    rest = sorted((job for job in enlarged.jobs if job.id != first.id), key=lambda job: (job.created_at, job.id))
    return Claim(token=claim.token, jobs=[first, *rest])


def _images(job: Job) -> int:
    return int(job.params.get("number_of_images", 1))

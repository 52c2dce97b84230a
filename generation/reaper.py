"""Bringing back jobs whose worker is gone, and waking workers for rows that nobody was told of."""

import logging
from datetime import timedelta

import redis
from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from generation.couriers import couriers_waiting, send_courier
from generation.models import Job, Status
from generation.services import requeue_lost

logger = logging.getLogger(__name__)

# A worker that sees more rows sends for itself, so a few couriers are enough to start any number of jobs.
_MOST_COURIERS = 16


def reap() -> int:
    """One round: stale claims back into the queue or failed, couriers for rows that wait. Returns the stale claims."""
    oldest = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS)
    returned = requeue_lost(lost=Job.objects.filter(status=Status.RUNNING, heartbeat_at__lt=oldest))
    if returned:
        logger.warning("%d jobs had no heartbeat for %d s", returned, settings.JOB_STALE_SECONDS)
    waiting = Job.objects.filter(status=Status.QUEUED).order_by().values_list("queue").annotate(number=Count("id"))
    for queue, number in waiting:
        try:
            missing = min(number, _MOST_COURIERS) - couriers_waiting(queue)
        except redis.RedisError as error:
            logger.warning("Redis is away: %s", error)
            break
        for _ in range(max(missing, 0)):
            send_courier(queue)
    return returned

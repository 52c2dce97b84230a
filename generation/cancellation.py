"""The fast way to tell a running worker that a job is cancelled. The row says so too: this only saves a second."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import redis

from common.redis_client import redis_client

_CANCELLED = "atelier:cancelled:"
_EXPIRY_SECONDS = 3600


def flag_cancelled(job_id: UUID) -> None:
    """Leave word for the worker that runs this job."""
    # The worker's next heartbeat finds that its claim is gone.
    with suppress(redis.RedisError):
        redis_client().set(f"{_CANCELLED}{job_id}", 1, ex=_EXPIRY_SECONDS)


def cancelled_among(job_ids: Iterable[UUID]) -> set[UUID]:
    """Those of `job_ids` that were flagged. Raises `redis.RedisError`."""
    ids = list(job_ids)
    values = redis_client().mget([f"{_CANCELLED}{job_id}" for job_id in ids]) if ids else []
    return {job_id for job_id, value in zip(ids, values, strict=True) if value}

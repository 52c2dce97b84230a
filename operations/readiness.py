"""Is everything there that a job needs: database, Redis, a worker with its models loaded, the bucket if one is set?"""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError, connection, connections

from common.redis_client import redis_client
from generation.presence import live_workers, providers_are_enough
from operations.bucket_probe import bucket_answers


@dataclass(frozen=True)
class Part:
    """One part of Atelier; `detail` is a sentence or a figure that everybody may read."""

    name: str
    ok: bool
    detail: str


def check_parts() -> list[Part]:
    """Look at every part. Takes at most a few seconds where one is away, and never raises."""
    try:
        checks = (*_CHECKS, _object_storage) if "blocks" in settings.STORAGES else _CHECKS
        return [check() for check in checks]
    finally:
        # Callers have threads that may never come again.
        connections.close_all()


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Part("database", False, "The database does not answer.")
    return Part("database", True, connection.vendor)


def _redis() -> Part:
    try:
        redis_client().ping()
    except redis.RedisError:
        return Part("redis", False, "Redis does not answer.")
    return Part("redis", True, "answers")


def _workers() -> Part:
    try:
        workers = live_workers()
        if not workers and providers_are_enough():
            return Part("workers", True, "none wanted: providers run the jobs")
    except redis.RedisError:
        return Part("workers", False, "Nobody can tell while Redis is away.")
    ready = sum(worker.ready for worker in workers)
    if not ready:
        return Part("workers", False, "Models are loading." if workers else "No inference worker is running.")
    return Part("workers", True, f"{ready} of {len(workers)} ready")


def _object_storage() -> Part:
    if not bucket_answers():
        return Part("object storage", False, "The object storage does not answer, or refuses.")
    return Part("object storage", True, "answers")


_CHECKS: tuple[Callable[[], Part], ...] = (_database, _redis, _workers)

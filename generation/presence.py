"""Who is there: workers announce themselves in Redis, other processes read it."""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import redis
from django.conf import settings

from common.redis_client import redis_client
from generation.engines.registry import REMOTE_QUEUE

ANNOUNCE_SECONDS = 3
_EXPIRY_SECONDS = 15
_WORKER = "atelier:worker:"
_SEEN = "atelier:seen:"
_HOUSEKEEPER = "atelier:housekeeper:"
# One round of a housekeeper may collect the blocks of a large library.
_HOUSEKEEPER_EXPIRY_SECONDS = 120


@dataclass(frozen=True)
class WorkerInfo:
    """One live inference worker. `ready` turns true when its models are loaded; `memory_bytes` is resident memory."""

    name: str
    host: str
    pid: int
    queues: list[str]
    ready: bool = False
    device: str = "cpu"
    models: list[str] = field(default_factory=list)
    memory_bytes: int = 0
    jobs: list[str] = field(default_factory=list)


def announce(info: WorkerInfo) -> None:
    """Say that this worker lives; forgotten `_EXPIRY_SECONDS` after the last call. Raises `redis.RedisError`."""
    redis_client().set(_WORKER + info.name, json.dumps(asdict(info)), ex=_EXPIRY_SECONDS)
    announce_queues(info.queues, by=info.name)


def announce_queues(queues: Sequence[str], *, by: str) -> None:
    """Say that somebody serves `queues`, without being an inference worker. Raises `redis.RedisError`."""
    pipeline = redis_client().pipeline(transaction=False)
    for queue in queues:
        pipeline.set(_SEEN + queue, by, ex=settings.WORKER_SEEN_SECONDS)
    pipeline.execute()


def withdraw(name: str) -> None:
    """Forget a worker that ended. Its queues stay known for `WORKER_SEEN_SECONDS`: a successor is likely."""
    # The entry expires by itself.
    with suppress(redis.RedisError):
        redis_client().delete(_WORKER + name)


def live_workers() -> list[WorkerInfo]:
    """Every worker that announced itself lately, by name. Raises `redis.RedisError` where Redis is away."""
    client = redis_client()
    values = [client.get(key) for key in client.scan_iter(match=_WORKER + "*", count=1000)]
    return sorted((WorkerInfo(**json.loads(value)) for value in values if value), key=lambda info: info.name)


def providers_are_enough() -> bool:
    """Whether this studio wants no workers of its own, and jobs of providers are taken. Raises `redis.RedisError`."""
    return settings.WORKERS == 0 and bool(redis_client().exists(_SEEN + REMOTE_QUEUE))


def queue_is_served(queue: str) -> bool:
    """Whether a worker of `queue` was seen in the last `WORKER_SEEN_SECONDS`.

    True where Redis is away: then nobody can tell, the row is kept and a worker finds it later.
    """
    try:
        return bool(redis_client().exists(_SEEN + queue))
    except redis.RedisError:
        return True


# ---- Housekeepers ---------------------------------------------------------------------------------------------------


def announce_housekeeper(name: str) -> None:
    """Say that this housekeeper goes its rounds. Raises `redis.RedisError`."""
    redis_client().set(_HOUSEKEEPER + name, socket.gethostname(), ex=_HOUSEKEEPER_EXPIRY_SECONDS)


def withdraw_housekeeper(name: str) -> None:
    """Forget a housekeeper that ended."""
    # The entry expires by itself.
    with suppress(redis.RedisError):
        redis_client().delete(_HOUSEKEEPER + name)


def live_housekeepers() -> dict[str, str]:
    """The name of every housekeeper that was seen lately → its host. Raises `redis.RedisError` where Redis is away."""
    client = redis_client()
    keys: list[bytes] = list(client.scan_iter(match=_HOUSEKEEPER + "*", count=1000))
    found = {key.decode().removeprefix(_HOUSEKEEPER): client.get(key) for key in keys}
    return {name: host.decode() for name, host in found.items() if isinstance(host, bytes)}

"""Asking every worker to unload its models: a counter in Redis that workers watch, and their answers."""

import time

from common.redis_client import redis_client
from generation.presence import live_workers

_GENERATION = "atelier:cache:generation"
_ANSWERS = "atelier:cache:answers:"
_WAIT_SECONDS = 5.0
_EXPIRY_SECONDS = 60


def drop_caches() -> int:
    """Tell every live worker to unload, wait briefly for their answers; the number of models they unloaded.

    A model in use is unloaded when its job ends. Raises `redis.RedisError`.
    """
    client = redis_client()
    names = {worker.name for worker in live_workers()}
    asked = int(client.incr(_GENERATION))
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        answers = client.hgetall(f"{_ANSWERS}{asked}")
        answered = {name.decode() if isinstance(name, bytes) else name for name in answers}
        if names <= answered or time.monotonic() >= until:
            return sum(int(number) for number in answers.values())
        time.sleep(0.05)


def drop_generation() -> int:
    """How often unloading was asked for. Raises `redis.RedisError`."""
    return int(redis_client().get(_GENERATION) or 0)


def report_dropped(asked: int, worker: str, number: int) -> None:
    """A worker's answer to the request number `asked`. Raises `redis.RedisError`."""
    client = redis_client()
    client.hset(f"{_ANSWERS}{asked}", worker, number)
    client.expire(f"{_ANSWERS}{asked}", _EXPIRY_SECONDS)

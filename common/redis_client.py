"""One Redis client per process, with timeouts short enough that a Redis that is away delays and never hangs."""

from functools import cache

from django.conf import settings
from redis import Redis


@cache
def redis_client() -> Redis:
    """The client for `settings.REDIS_URL`; thread-safe, answers are bytes. Calls raise `redis.RedisError`."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)

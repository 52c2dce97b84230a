"""The cache that counts requests: Redis, shared by all processes, or this process's memory while Redis is away."""

import logging
import time
from collections.abc import Callable
from typing import Any

import orjson
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long a process counts on its own before it asks Redis again.
AWAY_SECONDS = 5.0


class JsonSerializer:
    """Values as JSON. Django's default is pickle, with which write access to Redis would be code execution."""

    def dumps(self, value: Any) -> bytes | int:
        # A plain integer stays one, so that Redis can increment it.
        return value if type(value) is int else orjson.dumps(value)

    def loads(self, data: bytes) -> Any:
        return orjson.loads(data)


class _Server:
    """What all caches of this process over one Redis share. Django makes a new cache object for every ASGI request."""

    def __init__(self, name: str) -> None:
        self.client: Any = None
        self.memory = LocMemCache(f"instead of {name}", {})
        self.away_until = 0.0


_servers: dict[str, _Server] = {}


class SharedCache(RedisCache):
    """Redis, with this process's memory instead while Redis does not answer: limits then hold per process."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"serializer": JsonSerializer, "socket_timeout": 1, "socket_connect_timeout": 1}
        self._addresses, self._client_options = [server], {**options, **params.get("OPTIONS", {})}
        super().__init__(server, params)
        self._server = _servers.setdefault(server, _Server(server))

    @property
    def _cache(self) -> Any:
        # One client, so one pool of connections, for the process.
        if self._server.client is None:
            self._server.client = RedisCacheClient(self._addresses, **self._client_options)
        return self._server.client

    def _try(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self._server.away_until:
            operation: Callable[..., Any] = getattr(super(), name)
            try:
                return operation(*args, **kwargs)
            except (RedisError, OSError) as error:
                self._server.away_until = time.monotonic() + AWAY_SECONDS
                logger.warning("Redis is away (%s): counting requests in this process only.", type(error).__name__)
        return getattr(self._server.memory, name)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("get_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("incr", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._try("delete_many", *args, **kwargs)

    def clear(self) -> Any:
        return self._try("clear")

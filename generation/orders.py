"""Orders to workers, to load or to unload a model: left in Redis, followed between jobs, and told of on the board.

A worker has one hash with its last order for each model, so that asking twice is asking once and the last word counts.
A courier in a queue of the worker's own wakes it. An order is marked before it is followed: a worker that dies of one
does not meet it again.
"""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import redis
import stamina
from redis.client import Pipeline

from common.redis_client import redis_client
from generation.couriers import send_courier_to_worker
from generation.presence import WorkerInfo

_ORDERS = "atelier:orders:"
# How long the board tells of one.
_EXPIRY_SECONDS = 3600
_REPORT_SECONDS = 10.0


class Wish(StrEnum):
    """What a worker is to do with a model."""

    LOAD = "load"
    UNLOAD = "unload"


class State(StrEnum):
    """How far a worker is with an order."""

    WAITING = "waiting"
    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Order:
    """What one worker is to do with one model. `name` is what people call it, `personal` the id of one's own or empty.

    `detail` says how it ended, `host` and `pid` which life of the worker followed it; `asked_at` in seconds since 1970.
    """

    worker: str
    wish: str
    name: str
    checkpoint: int
    personal: str = ""
    state: str = State.WAITING
    detail: str = ""
    host: str = ""
    pid: int = 0
    id: str = ""
    asked_at: float = 0.0

    @property
    def field(self) -> str:
        return f"{self.checkpoint}:{self.personal}"

    def is_lost(self, workers: Sequence[WorkerInfo]) -> bool:
        """Whether the worker that should follow it is none of `workers`, or died while it did and began anew."""
        lives = [worker for worker in workers if worker.name == self.worker]
        if self.state == State.UNDER_WAY:
            return not any((worker.host, worker.pid) == (self.host, self.pid) for worker in lives)
        return self.state == State.WAITING and not lives


def send(order: Order, workers: Sequence[WorkerInfo]) -> bool:
    """Leave an order for its worker; False where one of `workers` has the same to do already. Raises `RedisError`."""
    new = replace(order, id=uuid.uuid4().hex, asked_at=time.time())

    def write(pipe: Pipeline) -> bool:
        before = _read(pipe.hget(_key(order.worker), order.field))
        pipe.multi()
        pending = before is not None and before.state in (State.WAITING, State.UNDER_WAY)
        if before is not None and pending and before.wish == order.wish and not before.is_lost(workers):
            return False
        _write(pipe, new)
        return True

    sent: bool = _change(write, order.worker)
    # Also where it waited already: the courier may have been lost with a worker.
    send_courier_to_worker(order.worker)
    return sent


def take(worker: str, *, host: str, pid: int) -> Order | None:
    """The order that waits longest for `worker`, marked as under way; None where none waits. Raises `RedisError`."""

    def mark(pipe: Pipeline) -> Order | None:
        values: Any = pipe.hvals(_key(worker))
        waiting = [order for order in map(_read, values) if order is not None and order.state == State.WAITING]
        pipe.multi()
        if not waiting:
            return None
        taken = replace(min(waiting, key=lambda order: order.asked_at), state=State.UNDER_WAY, host=host, pid=pid)
        _write(pipe, taken)
        return taken

    taken: Order | None = _change(mark, worker)
    return taken


def report(order: Order, state: State, detail: str) -> None:
    """Say how an order ended, unless another came for that model meanwhile. Raises `RedisError` after some tries."""

    def write(pipe: Pipeline) -> None:
        now = _read(pipe.hget(_key(order.worker), order.field))
        pipe.multi()
        if now is not None and now.id == order.id:
            _write(pipe, replace(order, state=state, detail=detail))

    for attempt in stamina.retry_context(on=redis.RedisError, attempts=None, timeout=_REPORT_SECONDS, wait_max=1.0):
        with attempt:
            _change(write, order.worker)


def recent() -> list[Order]:
    """The orders of the last hour, newest first. Raises `RedisError`."""
    client = redis_client()
    found: list[Order | None] = []
    for key in client.scan_iter(match=_ORDERS + "*", count=1000):
        values: Any = client.hvals(key)
        found += map(_read, values)
    oldest = time.time() - _EXPIRY_SECONDS
    orders = [order for order in found if order is not None and order.asked_at >= oldest]
    return sorted(orders, key=lambda order: (-order.asked_at, order.worker, order.name))


def _key(worker: str) -> str:
    return _ORDERS + worker


def _read(value: Any) -> Order | None:
    return Order(**json.loads(value)) if value else None


def _write(pipe: Pipeline, order: Order) -> None:
    pipe.hset(_key(order.worker), order.field, json.dumps(asdict(order)))
    pipe.expire(_key(order.worker), _EXPIRY_SECONDS)


def _change(write: Any, worker: str) -> Any:
    """Run `write` so that nobody else changes the worker's orders between what it reads and what it writes."""
    return redis_client().transaction(write, _key(worker), value_from_callable=True)

"""Couriers: RQ jobs that name no row. They only say "look"; the rows say what there is to do."""

import logging
from contextlib import suppress

import django_rq
import redis
from rq import Queue
from rq.job import Job as Courier
from rq.serializers import JSONSerializer
from rq.utils import as_text

from common.redis_client import redis_client

logger = logging.getLogger(__name__)

WORK = "generation.jobs.work"


def send_courier(queue: str) -> None:
    """Wake a worker of `queue`. With Redis away nothing is lost: the reaper sends couriers for rows that wait."""
    try:
        _queue(queue).enqueue(WORK, job_timeout=-1, result_ttl=0, failure_ttl=0)
    except redis.RedisError as error:
        logger.warning("No courier could be sent to the queue %s: %s", queue, error)


def send_courier_to_worker(worker: str) -> None:
    """Wake one worker, which has orders. Raises `redis.RedisError`."""
    queue_of_worker(worker).enqueue(WORK, job_timeout=-1, result_ttl=0, failure_ttl=0)


def queue_of_worker(worker: str) -> Queue:
    """The queue that one worker alone looks into."""
    return Queue(f"worker:{worker}", connection=redis_client(), serializer=JSONSerializer)


def forget_worker(worker: str) -> None:
    """Remove the queue of a worker that ended. Its orders stay: a successor of that name looks for them."""
    # What is left is a name.
    with suppress(redis.RedisError):
        queue_of_worker(worker).delete()


def take_courier(queue: str, *, seconds: float) -> bool:
    """Wait at most `seconds` for a courier of `queue` and take it off; whether one came. Raises `redis.RedisError`."""
    waiting = _queue(queue)
    found = waiting.connection.blpop([waiting.key], timeout=seconds)
    if found is None:
        return False
    # All that it had to say is that it came.
    waiting.connection.delete(Courier.key_for(as_text(found[1])))
    return True


def couriers_waiting(queue: str) -> int:
    """How many couriers nobody has taken yet. Raises `redis.RedisError`."""
    return int(_queue(queue).count)


def _queue(name: str) -> Queue:
    # Pickle would make write access to Redis code execution.
    return django_rq.get_queue(name, serializer=JSONSerializer)

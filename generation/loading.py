"""Having models loaded and unloaded by workers: what administrators ask for, and how a worker does it."""

import logging
from dataclasses import replace
from typing import Protocol

import redis

from common.errors import AtelierError, Conflict, ServiceUnavailable
from generation import orders
from generation.checkpoints import engine_entry
from generation.engines.errors import OutOfMemory
from generation.errors import NoWorker
from generation.models import Checkpoint, ModelState, PersonalModel
from generation.orders import Order, State, Wish
from generation.presence import WorkerInfo, live_workers

logger = logging.getLogger(__name__)

_FAILED = "It failed. The log of the worker has the details."
_GONE = "The model was deleted meanwhile."
_NO_MEMORY = "The device has too little memory for it. Unload another model first."


class NothingToLoad(Conflict):
    """No worker can hold this."""

    code = "nothing_to_load"


class Shelf(Protocol):
    """The models of one worker (`generation.workshop`)."""

    def load(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> None: ...

    def drop(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> int: ...


def ask(*, wish: Wish, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> str:
    """Tell every worker that serves a checkpoint's jobs to load or unload it, or a personal model made for it.

    Returns a sentence about who will; none of them is waited for. Raises `NothingToLoad`, `NoWorker`,
    `ServiceUnavailable` where Redis is away, and `EngineLoadError` where the settings have no engine for it.
    """
    entry = engine_entry(checkpoint)
    if entry.is_remote:
        raise NothingToLoad("It runs at its provider: workers hold nothing of it.")
    if wish == Wish.LOAD and personal is not None and personal.state != ModelState.READY:
        raise NothingToLoad(f"It is not ready ({personal.get_state_display()}).")
    order = Order("", wish, str(personal or checkpoint), checkpoint.pk, str(personal.pk) if personal else "")
    try:
        live = live_workers()
        serving = [worker for worker in live if entry.queue in worker.queues]
        if not serving:
            raise NoWorker(f"No worker that serves the queue {entry.queue} is there. `manage.py worker` starts one.")
        new = [worker for worker in serving if orders.send(replace(order, worker=worker.name), live)]
    except redis.RedisError:
        raise ServiceUnavailable("Redis is away: the workers cannot be told. Try again shortly.") from None
    if not new:
        return f"{_names(serving)} had been told to {wish} it already."
    return f"{_names(new)} will {wish} it, between two jobs."


def _names(workers: list[WorkerInfo]) -> str:
    return ", ".join(worker.name for worker in workers)


def follow(order: Order, shelf: Shelf) -> tuple[State, str]:
    """Do what an order says with the models of this worker; how it ended. Never raises for the model's sake."""
    try:
        checkpoint = Checkpoint.objects.get(pk=order.checkpoint)
        personal = PersonalModel.objects.select_related("owner").get(pk=order.personal) if order.personal else None
        if order.wish == Wish.LOAD:
            shelf.load(checkpoint, personal)
            return State.DONE, "loaded"
        return State.DONE, "unloaded" if shelf.drop(checkpoint, personal) else "it was not loaded"
    except (Checkpoint.DoesNotExist, PersonalModel.DoesNotExist):
        return State.FAILED, _GONE
    except OutOfMemory as error:
        logger.error("No memory to %s %s", order.wish, order.name, exc_info=error)
        return State.FAILED, _NO_MEMORY
    except AtelierError as error:
        logger.error("Could not %s %s: %s", order.wish, order.name, error.message, exc_info=error)
        return State.FAILED, error.message
    except Exception:
        logger.exception("Could not %s %s", order.wish, order.name)
        return State.FAILED, _FAILED

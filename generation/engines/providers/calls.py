"""Waiting for calls that say nothing until they end: whoever waits can still be told to stop."""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from generation.engines.base import OnStep

T = TypeVar("T")

# How often `on_step` hears of calls under way, and so how soon a cancelled job lets go.
LOOK_SECONDS = 0.25

# Tells a call that nobody waits for it any more, so that it makes no further try.
Call = Callable[[threading.Event], T]


def run_watched(calls: Sequence[Call[T]], on_step: OnStep) -> list[T]:
    """The results of `calls`, made at the same time in a thread each, in order.

    `on_step` hears that the calls were sent (step 1), and of each that has ended, at least every `LOOK_SECONDS`.
    Raises what it raises, and what the first failed call raises: calls still under way are then left alone, and end
    by their own timeouts.
    """
    steps, ended = len(calls) + 1, SimpleQueue[tuple[int, T | None, Exception | None]]()
    given_up = threading.Event()

    def make(index: int, call: Call[T]) -> None:
        try:
            ended.put((index, call(given_up), None))
        except Exception as error:  # It belongs to whoever waits.
            ended.put((index, None, error))

    for index, call in enumerate(calls):
        threading.Thread(target=make, args=(index, call), name="provider-call", daemon=True).start()
    results: dict[int, T] = {}
    try:
        while len(results) < len(calls):
            on_step(1 + len(results), steps, None)
            try:
                index, result, error = ended.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            if error is not None:
                raise error
            results[index] = result  # type: ignore[assignment]  # without an error there is a result
        on_step(steps, steps, None)
    finally:
        given_up.set()
    return [results[index] for index in range(len(calls))]

"""The one function that couriers may call."""

from collections.abc import Callable

_work: Callable[[], None] | None = None


def serve_with(work_once: Callable[[], None]) -> None:
    """Say what this process does when a courier comes. Called once by a worker when it starts."""
    global _work
    _work = work_once


def work() -> None:
    """Look at the rows: what a courier runs. It takes no argument: who can write to Redis can ask for nothing else."""
    if _work is None:
        raise RuntimeError("This process is no inference worker; start one with `manage.py worker`.")
    _work()

"""Connections to the database, and work that is done again when the database could not do it at that moment."""

import functools
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

import stamina
from django.db import InterfaceError, OperationalError, connection, connections, transaction

P = ParamSpec("P")
T = TypeVar("T")

# MySQL's and MariaDB's numbers: a lock that was not granted in time, and the victim of a deadlock. SQLite has no
# deadlocks, and its writers wait for the one lock there is.
_CONFLICTS = frozenset({1205, 1213})
_TRIES = 10
_CONFLICT_SECONDS = 30.0
# How long a result is kept for a database that is away.
_AWAY_SECONDS = 30.0


def release_connections() -> None:
    """Close this thread's connections, so that none idles while its request waits or streams; the next query reopens.

    Inside a transaction the connection is somebody else's (a test's), and stays.
    """
    for open_one in connections.all(initialized_only=True):
        if not open_one.in_atomic_block:
            open_one.close()


def is_conflict(error: BaseException) -> bool:
    """Whether the database refused a statement for the sake of another transaction, so that trying again may do."""
    return isinstance(error, OperationalError) and bool(error.args) and error.args[0] in _CONFLICTS


def transactional(function: Callable[P, T]) -> Callable[P, T]:
    """`transaction.atomic` for services, and the whole again where it met a conflict (`is_conflict`).

    A deadlock undoes the whole transaction, so only the outermost one can be done again: inside another transaction
    this is `transaction.atomic`, and the error is that one's. What `function` does beside the database must bear being
    done twice, or wait for `on_commit`.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            with transaction.atomic():
                return function(*args, **kwargs)
        for attempt in stamina.retry_context(
            on=is_conflict,
            attempts=_TRIES,
            timeout=_CONFLICT_SECONDS,
            wait_initial=0.01,
            wait_jitter=0.05,
            wait_max=1.0,
        ):
            with attempt, transaction.atomic():
                return function(*args, **kwargs)
        raise AssertionError("stamina returns or raises")

    return run


def until_it_answers() -> Iterator[stamina.Attempt]:
    """Attempts (`with attempt: …`) at work that must not be lost while the database is away or busy for half a minute.

    Each but the first has a new connection where the old one broke: a server that was restarted knows none of before.
    """
    for attempt in stamina.retry_context(
        on=(OperationalError, InterfaceError), attempts=None, timeout=_AWAY_SECONDS, wait_max=2.0
    ):
        if attempt.num > 1:
            connection.close_if_unusable_or_obsolete()
        yield attempt

"""What is done again when the database could not do it: real deadlocks, real waits, real cut connections."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F

from accounts.models import Quota, User
from common.database import is_conflict, transactional, until_it_answers
from tests.factories.accounts import QuotaFactory
from tests.support.mariadb import PrivateMariaDB

DEADLOCK = OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")


def failing(errors: list[Exception]) -> tuple[Callable[[], str], list[None]]:
    """A transaction that raises each of `errors` once, and the list that counts its runs."""
    runs: list[None] = []

    @transactional
    def work() -> str:
        runs.append(None)
        QuotaFactory()
        if errors:
            raise errors.pop(0)
        return "done"

    return work, runs


@pytest.mark.django_db(transaction=True)
def test_transaction_runs_again_after_conflicts_and_leaves_the_rows_of_one_run() -> None:
    work, runs = failing([DEADLOCK, OperationalError(1205, "Lock wait timeout exceeded")])

    assert work() == "done"

    assert len(runs) == 3
    assert Quota.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError(1054, "Unknown column"), OperationalError("locked"), ValueError()])
def test_transaction_that_fails_for_another_reason_runs_once(error: Exception) -> None:
    work, runs = failing([error])

    with pytest.raises(type(error)):
        work()

    assert len(runs) == 1
    assert not is_conflict(error)
    assert Quota.objects.count() == 0


@pytest.mark.django_db
def test_conflict_inside_another_transaction_is_that_ones() -> None:
    work, runs = failing([DEADLOCK])

    with pytest.raises(OperationalError), transaction.atomic():
        work()

    assert len(runs) == 1


@pytest.mark.django_db(transaction=True)
def test_both_sides_of_a_deadlock_come_to_their_end(mariadb: PrivateMariaDB) -> None:
    rows = [QuotaFactory(active_jobs=0).pk for _ in range(2)]
    runs: Counter[str] = Counter()
    both_hold_one = threading.Barrier(2, timeout=60)

    def change(name: str, ids: list[int]) -> None:
        @transactional
        def work() -> None:
            runs[name] += 1
            for number, pk in enumerate(ids):
                Quota.objects.filter(pk=pk).update(active_jobs=F("active_jobs") + 1)
                if number == 0 and runs[name] == 1:
                    both_hold_one.wait()

        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(change, "one", rows), pool.submit(change, "other", rows[::-1])]:
            done.result()

    assert sum(runs.values()) == 3, "one of the two was the victim, once"
    assert list(Quota.objects.values_list("active_jobs", flat=True)) == [2, 2]


@pytest.mark.django_db(transaction=True)
def test_lock_that_was_not_granted_in_time_is_asked_for_again(mariadb: PrivateMariaDB) -> None:
    row = QuotaFactory(active_jobs=0)
    held, first_run_over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Quota.objects.filter(pk=row.pk).update(active_jobs=5)
                held.set()
                first_run_over.wait(60)
        finally:
            connections.close_all()

    runs = 0

    @transactional
    def work() -> None:
        nonlocal runs
        runs += 1
        try:
            Quota.objects.filter(pk=row.pk).update(active_jobs=F("active_jobs") + 1)
        finally:
            first_run_over.set()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(60)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        work()
        holding.result()

    assert runs == 2
    row.refresh_from_db()
    assert row.active_jobs == 6
    connection.close()  # With the session's setting.


@pytest.mark.django_db(transaction=True)
def test_work_goes_on_with_a_new_connection_where_the_old_one_was_cut(mariadb: PrivateMariaDB) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        [own] = cursor.fetchone()
    mariadb.execute(f"KILL {int(own)}")
    attempts = 0

    for attempt in until_it_answers():
        attempts += 1
        with attempt, transaction.atomic():
            QuotaFactory()

    assert attempts == 2
    assert User.objects.count() == 1

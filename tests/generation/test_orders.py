"""Orders to workers in Redis: one for each model, followed once, never lost silently."""

import time
from dataclasses import replace

import pytest

from generation import orders
from generation.couriers import queue_of_worker
from generation.orders import Order, State, Wish
from generation.presence import WorkerInfo

LIVE = [WorkerInfo("w1", "here", 7, ["cpu"]), WorkerInfo("w2", "here", 8, ["cpu"])]
LOAD = Order("w1", Wish.LOAD, "demo", 1)


def take(worker: str = "w1", pid: int = 7) -> Order | None:
    return orders.take(worker, host="here", pid=pid)


def states() -> list[tuple[str, str, str]]:
    return [(order.worker, order.wish, order.state) for order in orders.recent()]


def test_order_is_taken_once_and_by_its_worker_alone() -> None:
    assert orders.send(LOAD, LIVE)
    assert queue_of_worker("w1").count == 1

    assert take("w2", 8) is None
    taken = take()
    assert taken is not None
    assert (taken.wish, taken.name, taken.state) == (Wish.LOAD, "demo", State.UNDER_WAY)
    assert take() is None

    orders.report(taken, State.DONE, "loaded")
    assert states() == [("w1", "load", "done")]


def test_asking_twice_is_asking_once() -> None:
    assert orders.send(LOAD, LIVE)
    assert not orders.send(LOAD, LIVE)
    taken = take()
    assert not orders.send(LOAD, LIVE)
    assert taken is not None
    orders.report(taken, State.DONE, "loaded")

    assert orders.send(LOAD, LIVE), "what is done may be asked for anew"
    assert len(orders.recent()) == 1


def test_last_word_counts_also_while_the_first_is_under_way() -> None:
    orders.send(LOAD, LIVE)
    first = take()
    assert first is not None
    assert orders.send(replace(LOAD, wish=Wish.UNLOAD), LIVE)

    orders.report(first, State.DONE, "loaded")

    assert states() == [("w1", "unload", "waiting")]
    second = take()
    assert second is not None
    assert second.wish == Wish.UNLOAD


def test_models_are_told_apart_and_kept_in_order() -> None:
    for personal in ("", "a", "b"):
        orders.send(replace(LOAD, personal=personal), LIVE)
        time.sleep(0.002)

    taken = [take(), take(), take()]

    assert [order.personal for order in taken if order] == ["", "a", "b"]


def test_order_of_a_worker_that_died_of_it_is_lost_and_not_followed_again() -> None:
    orders.send(LOAD, LIVE)
    take()
    born_again = [replace(LIVE[0], pid=9)]

    assert take(pid=9) is None
    (order,) = orders.recent()
    assert not order.is_lost(LIVE)
    assert order.is_lost(born_again)
    assert orders.send(LOAD, born_again)


def test_order_of_a_worker_that_is_away_waits_for_its_successor() -> None:
    orders.send(LOAD, LIVE)
    (order,) = orders.recent()

    assert order.is_lost([LIVE[1]])
    assert take(pid=9) is not None


def test_order_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    orders.send(LOAD, LIVE)
    later = time.time() + 2 * 3600
    monkeypatch.setattr("generation.orders.time.time", lambda: later)

    assert orders.recent() == []

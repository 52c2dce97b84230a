"""Pins by state, counted by a housekeeper and told by everybody."""

from typing import Any

import pytest

from common.redis_client import redis_client
from content.ipfs.census import count_pins, counted_pins
from content.models import Pin, PinState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _node(settings: Any) -> None:
    settings.IPFS_API = "/ip4/127.0.0.1/tcp/5001"


def pin(number: int, state: PinState) -> None:
    Pin.objects.bulk_create([Pin(cid=f"{state}{index}", state=state) for index in range(number)])


def test_every_state_is_counted() -> None:
    pin(3, PinState.PINNED)
    pin(1, PinState.FAILED)

    count_pins()

    assert counted_pins() == {"local": 0, "pinning": 0, "pinned": 3, "failed": 1}


def test_asking_asks_no_database(django_assert_num_queries: Any) -> None:
    count_pins()

    with django_assert_num_queries(0):
        assert counted_pins() is not None


def test_one_of_several_housekeepers_counts(django_assert_num_queries: Any) -> None:
    count_pins()

    with django_assert_num_queries(0):
        count_pins()


def test_nobody_counts_without_a_node(settings: Any, django_assert_num_queries: Any) -> None:
    settings.IPFS_API = ""

    with django_assert_num_queries(0):
        count_pins()
    assert counted_pins() is None


def test_old_figures_are_forgotten() -> None:
    count_pins()

    assert 0 < int(redis_client().ttl("atelier:pins")) <= 600

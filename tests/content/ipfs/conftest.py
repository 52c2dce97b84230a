"""The settings name the real IPFS node of this test process; what tests before left there stays there."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from content.ipfs import pins
from content.ipfs.node import IpfsNode, ipfs_node
from content.ipfs.work import work
from content.models import Pin
from tests.support.ipfs_node import PrivateIpfsNode


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The start of the node is part of the first test.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture
def server(ipfs_server: PrivateIpfsNode, settings: Settings) -> PrivateIpfsNode:
    """The node, which is that of the settings."""
    settings.IPFS_API, settings.IPFS_API_PATH = f"{ipfs_server.address}/http", "api/v0"
    settings.IPFS_AUTH, settings.IPFS_TIMEOUT_SECONDS = None, 30
    return ipfs_server


@pytest.fixture
def node(server: PrivateIpfsNode) -> IpfsNode:
    """Atelier's client of it."""
    found = ipfs_node()
    assert found is not None
    return found


@pytest.fixture
def work_off(node: IpfsNode) -> Callable[[], int]:
    """Call it to have done what is due, as the housekeeper does; pauses count as over. Returns how many tries."""

    def run() -> int:
        tries = 0
        Pin.objects.exclude(next_try_at=None).filter(claim_token=None).update(next_try_at=timezone.now())
        while claimed := pins.claim():
            work(claimed, node=node, stopping=threading.Event())
            tries += 1
        return tries

    return run

"""Uploads that end in the middle.

They have a node of their own: js-ipfs keeps a lock for each, and then removes no block any more.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from content import services
from content.ipfs import pins
from content.ipfs.errors import NodeAway, NodeRefused
from content.ipfs.node import IpfsNode
from content.ipfs.work import work
from content.models import Content, Pin, PinState, Visibility
from content.storage import cids, unixfs
from tests.factories.content import ContentFactory
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.proxies import Proxy

pytestmark = pytest.mark.django_db(transaction=True)

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def ipfs_server() -> Iterator[PrivateIpfsNode]:
    with PrivateIpfsNode() as node:
        yield node


def _published(data: bytes) -> Content:
    return services.change(content=ContentFactory(data=data), visibility=Visibility.PUBLIC)


def _state(content: Content) -> str:
    content.refresh_from_db()
    return content.pin_state


def test_what_reading_the_file_raises_is_raised(node: IpfsNode) -> None:
    class Broken(Exception):
        pass

    def pieces() -> Iterator[bytes]:
        yield b"the beginning"
        raise Broken

    with pytest.raises(Broken):
        node.add(cids.of_block(b"whatever", cids.RAW), pieces())


def test_a_connection_that_is_cut_in_the_middle_leaves_nothing_pinned(server: PrivateIpfsNode) -> None:
    data = os.urandom(3 * MEBIBYTE)
    cid = unixfs.build(data, lambda _cid, _block: None).cid
    with Proxy(server.port) as proxy:
        proxy.cut_after = 2 * MEBIBYTE
        with pytest.raises((NodeAway, NodeRefused)):
            IpfsNode(address=proxy.address, path="api/v0", authorization=None, timeout=20).add(cid, [data])
        assert proxy.cuts == 1

    assert cid not in server.pins()


def test_a_connection_cut_in_the_middle_is_tried_again(server: PrivateIpfsNode, work_off: Callable[[], int]) -> None:
    content = _published(os.urandom(3 * MEBIBYTE))
    with Proxy(server.port) as proxy:
        proxy.cut_after = MEBIBYTE
        cut = IpfsNode(address=proxy.address, path="api/v0", authorization=None, timeout=20)
        claimed = pins.claim()
        assert claimed is not None
        with suppress(NodeAway):
            work(claimed, node=cut, stopping=threading.Event())

    assert _state(content) == PinState.PINNING
    assert Pin.objects.get(cid=content.cid).attempts == 1
    assert cids.parse(content.cid) not in server.pins()
    work_off()
    assert _state(content) == PinState.PINNED


def test_a_process_that_ends_gives_back_what_it_was_at(
    server: PrivateIpfsNode, node: IpfsNode, work_off: Callable[[], int]
) -> None:
    content = _published(os.urandom(2 * MEBIBYTE))
    claimed = pins.claim()
    assert claimed is not None
    stopping = threading.Event()
    stopping.set()

    work(claimed, node=node, stopping=stopping)

    assert cids.parse(content.cid) not in server.pins()
    assert Pin.objects.filter(cid=content.cid, claim_token=None, attempts=0).exists()
    again = pins.claim()
    assert again is not None
    assert again.cid == content.cid

"""Atelier's client against a real node."""

import base64
import os
import re
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from content.ipfs.errors import NodeAway, NodeRefused, OtherCid
from content.ipfs.node import IpfsNode
from content.storage import unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import Cid
from content.storage.dag import blocks_of
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import free_port
from tests.support.proxies import Proxy, answer

MEBIBYTE = 2**20


def _client(port: int, authorization: tuple[str, str] | str | None = None, path: str = "api/v0") -> IpfsNode:
    return IpfsNode(address=f"/ip4/127.0.0.1/tcp/{port}/http", path=path, authorization=authorization, timeout=20)


def _cid(data: bytes, **cut: int) -> Cid:
    return unixfs.build(data, lambda _cid, _block: None, **cut).cid


def _pieces(data: bytes, size: int = 700_000) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE + 5])
def test_the_node_has_the_same_cid_and_pins_only_what_it_is_told_to(
    node: IpfsNode, server: PrivateIpfsNode, size: int
) -> None:
    data = os.urandom(size)
    cid = _cid(data)

    node.add(cid, _pieces(data))

    assert server.cat(cid) == data
    assert cid not in server.pins()
    assert not node.is_pinned(cid)
    node.pin(cid)
    node.pin(cid)
    assert cid in server.pins()
    assert node.is_pinned(cid)


def test_a_file_that_another_program_cut_goes_block_by_block(
    node: IpfsNode, server: PrivateIpfsNode, blocks: BlockStore
) -> None:
    data = os.urandom(10_000)
    cid = unixfs.build(data, blocks.put, chunk_bytes=1000, max_links=4).cid

    node.add_blocks(cid, blocks_of(blocks, cid))
    node.pin(cid)

    assert server.cat(cid) == data
    assert cid in server.pins()


def test_a_large_file_is_sent_as_it_is_read(node: IpfsNode) -> None:
    pieces, size = 40, MEBIBYTE
    data = os.urandom(size)
    cid = _cid(data * pieces)
    tracemalloc.start()
    try:
        node.add(cid, (data for _ in range(pieces)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * MEBIBYTE


def test_what_it_only_computes_it_does_not_keep(node: IpfsNode, server: PrivateIpfsNode) -> None:
    data = os.urandom(5000)

    assert node.computed(data, chunk_bytes=1000) == _cid(data, chunk_bytes=1000)

    assert _cid(data[:1000]).digest not in server.blocks()


def test_unpinning_removes_the_blocks_that_no_other_pin_holds(node: IpfsNode, server: PrivateIpfsNode) -> None:
    common, own = os.urandom(MEBIBYTE), os.urandom(100)
    both, other = common + own, common + b"other"
    for data in (both, other):
        node.add(_cid(data), [data])
        node.pin(_cid(data))

    node.unpin(_cid(both))

    assert _cid(both) not in server.pins()
    left = server.blocks()
    assert _cid(both).digest not in left
    assert _cid(own).digest not in left
    assert _cid(common).digest in left
    assert server.cat(_cid(other)) == other


def test_unpinning_what_it_does_not_have_changes_nothing(node: IpfsNode, server: PrivateIpfsNode) -> None:
    before = server.pins()

    node.unpin(_cid(os.urandom(20)))

    assert server.pins() == before


def test_a_service_that_lets_nobody_remove_blocks_unpins_all_the_same(server: PrivateIpfsNode) -> None:
    data = os.urandom(100)

    def forbid(head: bytes) -> bytes:
        return answer("403 Forbidden") if b"/refs" in head or b"/block/" in head else head

    with Proxy(server.port, look=forbid) as proxy:
        client = _client(proxy.port)
        client.add(_cid(data), [data])
        client.pin(_cid(data))
        client.unpin(_cid(data))

    assert _cid(data) not in server.pins()


def test_a_block_is_given_as_it_is_or_not_at_all(node: IpfsNode) -> None:
    data = os.urandom(100)
    assert node.block(_cid(data)) is None

    node.add(_cid(data), [data])

    assert node.block(_cid(data)) == data


def test_a_node_that_does_not_follow_the_parameters_is_refused(server: PrivateIpfsNode) -> None:
    data = os.urandom(2 * MEBIBYTE)
    before = server.pins()

    def drop_parameters(head: bytes) -> bytes:
        return re.sub(rb"[?&](chunker|raw-leaves|cid-version)=[^& ]*", b"", head)

    with Proxy(server.port, look=drop_parameters) as proxy, pytest.raises(OtherCid, match="another CID"):
        _client(proxy.port).add(_cid(data), _pieces(data))

    assert server.pins() == before


def _guard(header: str) -> Callable[[bytes], bytes]:
    def look(head: bytes) -> bytes:
        return head if f"\r\nauthorization: {header}\r\n".encode() in _lower_names(head) else answer("401 Unauthorized")

    return look


def _lower_names(head: bytes) -> bytes:
    return re.sub(rb"(?m)^[A-Za-z-]+:", lambda match: match[0].lower(), head)


@pytest.mark.parametrize(
    ("right", "wrong", "header"),
    [
        (("ada", "a päss:word"), ("ada", "other"), "Basic " + base64.b64encode("ada:a päss:word".encode()).decode()),
        ("token-1", "token-2", "Bearer token-1"),
        ("token-1", None, "Bearer token-1"),
    ],
    ids=["basic", "bearer", "none"],
)
def test_the_node_lets_in_who_shows_what_it_asks_for(
    server: PrivateIpfsNode, right: tuple[str, str] | str, wrong: tuple[str, str] | str | None, header: str
) -> None:
    data = os.urandom(2 * MEBIBYTE)
    with Proxy(server.port, look=_guard(header)) as proxy:
        _client(proxy.port, right).add(_cid(data), _pieces(data))
        with pytest.raises(NodeAway, match="IPFS_AUTH"):
            _client(proxy.port, wrong).version()


def test_its_version_names_its_program(node: IpfsNode) -> None:
    assert node.version() == "js-ipfs 0.18.1"


def test_a_node_that_is_away_is_said_to_be() -> None:
    with pytest.raises(NodeAway, match="does not answer"):
        _client(free_port()).version()


def test_a_server_that_is_no_node_is_told_from_one(server: PrivateIpfsNode) -> None:
    with pytest.raises(NodeAway, match="IPFS_API"):
        _client(server.gateway_port).version()
    with pytest.raises(NodeAway, match="IPFS_API"):
        _client(server.port, path="elsewhere/api/v0").version()


@pytest.mark.parametrize("body", [b"", b"hello", b"{", b"[]", b'{"Name": "x"}', b'{"Hash": "no CID"}'])
def test_an_answer_that_makes_no_sense_is_a_refusal(server: PrivateIpfsNode, body: bytes) -> None:
    with Proxy(server.port, look=lambda _head: answer("200 OK", body)) as proxy, pytest.raises(NodeRefused):
        _client(proxy.port).computed(b"data")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        ("500 Internal Server Error", b'{"Message": "no space left on device", "Code": 0}', NodeRefused),
        ("502 Bad Gateway", b"", NodeAway),
        ("429 Too Many Requests", b"", NodeAway),
    ],
)
def test_errors_of_the_node_and_of_what_stands_before_it_differ(
    server: PrivateIpfsNode, status: str, body: bytes, expected: type[Exception]
) -> None:
    with Proxy(server.port, look=lambda _head: answer(status, body)) as proxy, pytest.raises(expected) as caught:
        _client(proxy.port).pin(_cid(b"data"))
    assert "space" not in str(caught.value)

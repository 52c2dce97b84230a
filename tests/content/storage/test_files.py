"""Whole files and parts of them over blocks."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import DamagedBlock, MissingBlock
from content.storage import cids, files, unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import DAG_PB, Cid
from tests.support.samples import varied_bytes

SIZE = 3 * 2**20 + 17


def test_read_gives_back_what_was_written(blocks: BlockStore) -> None:
    data = varied_bytes(SIZE)

    root = unixfs.build(data, blocks.put)

    assert b"".join(files.read(blocks, root.cid)) == data


def test_read_of_the_empty_file(blocks: BlockStore) -> None:
    assert list(files.read(blocks, unixfs.build(b"", blocks.put).cid)) == []


def test_read_of_a_part_is_the_slice(blocks: BlockStore) -> None:
    data = varied_bytes(331)
    root = unixfs.build(data, blocks.put, chunk_bytes=10, max_links=3)

    @settings(deadline=None)
    @given(start=st.integers(0, 400), end=st.none() | st.integers(0, 400))
    def check(start: int, end: int | None) -> None:
        assert b"".join(files.read(blocks, root.cid, start=start, end=end)) == data[start:end]

    check()


def test_read_of_a_part_needs_no_other_blocks(blocks: BlockStore, block_files: Callable[[], list[Path]]) -> None:
    data = varied_bytes(SIZE)
    root = unixfs.build(data, blocks.put)
    needed = {root.cid.digest.hex(), cids.of_block(data[2**20 : 2**21], cids.RAW).digest.hex()}
    for path in block_files():
        if path.name not in needed:
            path.unlink()

    assert b"".join(files.read(blocks, root.cid, start=2**20, end=2**21)) == data[2**20 : 2**21]
    with pytest.raises(MissingBlock):
        b"".join(files.read(blocks, root.cid, start=2**20, end=2**21 + 1))


def test_read_refuses_a_node_that_is_none(blocks: BlockStore) -> None:
    data = b"\xff no node"
    cid = cids.of_block(data, DAG_PB)
    blocks.put(cid, data)

    with pytest.raises(DamagedBlock):
        list(files.read(blocks, cid))


# ---- verification ---------------------------------------------------------------------------------------------------


def deep(blocks: BlockStore, size: int = 331) -> tuple[Cid, dict[str, unixfs.Node]]:
    """A file of small blocks over several levels: its root, and its nodes by the name of their file."""
    nodes: dict[str, unixfs.Node] = {}

    def put(cid: Cid, block: unixfs.Block) -> None:
        blocks.put(cid, block)
        if cid.codec == DAG_PB:
            nodes[cid.digest.hex()] = unixfs.decode(bytes(block))

    return unixfs.build(varied_bytes(size), put, chunk_bytes=10, max_links=3).cid, nodes


def test_verify_of_a_sound_file(blocks: BlockStore) -> None:
    root, nodes = deep(blocks)

    found = files.verify(blocks, root, size_bytes=331)

    assert (found.intact, found.blocks, found.size_bytes, found.faults) == (True, 34 + len(nodes), 331, ())


@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_verify_names_whichever_block_is_wrong(
    blocks: BlockStore, block_files: Callable[[], list[Path]], damage: str
) -> None:
    """Leaves, nodes between, the root: each by its CID, and the bytes that are still there are counted."""
    root, nodes = deep(blocks)
    code = "damaged_content" if damage == "flip" else "missing_content"
    for path in block_files():
        data = path.read_bytes()
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:]) if damage == "flip" else path.unlink()
        node = nodes.get(path.name)
        cid = Cid(DAG_PB if node else cids.RAW, cids.SHA2_256, bytes.fromhex(path.name))

        found = files.verify(blocks, root, size_bytes=331)

        assert found.faults == (files.Fault(str(cid), code),)
        assert not found.intact
        assert found.size_bytes == 331 - (sum(link.file_bytes for link in node.links) if node else len(data))
        path.write_bytes(data)
    assert files.verify(blocks, root, size_bytes=331).intact


def test_verify_names_every_wrong_block_once(blocks: BlockStore, block_files: Callable[[], list[Path]]) -> None:
    root = unixfs.build(bytes(50) + b"end", blocks.put, chunk_bytes=10, max_links=3).cid
    zeros = cids.of_block(bytes(10), cids.RAW)
    for path in block_files():
        if path.name != root.digest.hex() and path.stat().st_size <= 10:
            path.write_bytes(b"another")

    found = files.verify(blocks, root)

    assert [fault.cid for fault in found.faults] == [str(zeros), str(cids.of_block(b"end", cids.RAW))]


def test_verify_of_another_size_than_was_registered(blocks: BlockStore) -> None:
    root = unixfs.build(b"ten bytes.", blocks.put)

    found = files.verify(blocks, root.cid, size_bytes=11)

    assert (found.size_bytes, found.faults) == (10, (files.Fault(str(root.cid), "damaged_content"),))


def test_verify_holds_one_block(blocks: BlockStore) -> None:
    root = unixfs.build(bytes(64 * 2**20) + b"end", blocks.put)
    tracemalloc.start()
    try:
        found = files.verify(blocks, root.cid)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (found.intact, found.size_bytes) == (True, 64 * 2**20 + 3)
    assert peak < 4 * 2**20

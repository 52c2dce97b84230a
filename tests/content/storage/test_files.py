"""Whole files and parts of them over blocks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import DamagedBlock, MissingBlock
from content.storage import cids, files, unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import DAG_PB
from tests.support.samples import varied_bytes

SIZE = 3 * 2**20 + 17


def test_read_gives_back_what_was_written(blocks: BlockStore) -> None:
    data = varied_bytes(SIZE)

    root = files.write(blocks, data)

    assert b"".join(files.read(blocks, root.cid)) == data


def test_read_of_the_empty_file(blocks: BlockStore) -> None:
    assert list(files.read(blocks, files.write(blocks, b"").cid)) == []


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
    root = files.write(blocks, data)
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

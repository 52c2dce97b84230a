"""Which blocks a file needs, and whether they agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import DamagedBlock, MissingBlock
from content.storage import cids, dag, files, unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import DAG_PB, RAW, Cid
from tests.support.archives import Blocks
from tests.support.samples import varied_bytes

DATA = varied_bytes(331)


@pytest.fixture
def source() -> Blocks:
    return Blocks()


def _root(source: Blocks, data: bytes = DATA) -> Cid:
    return unixfs.build(data, source.put, chunk_bytes=10, max_links=3).cid


def test_blocks_come_depth_first_and_each_once(source: Blocks) -> None:
    root = _root(source, bytes(100) + DATA)

    found = list(dag.blocks_of(source, root))

    assert dict(found) == source.data
    assert len(found) == len(source.data)
    assert found[0][0] == root
    # A node's first child follows it at once.
    order = [cid for cid, _ in found]
    first = files.read_node(source, root).links[0].cid
    assert order[1] == first


def test_blocks_of_a_part_are_enough_for_it_and_no_more(source: Blocks) -> None:
    root = _root(source)

    @settings(deadline=None)
    @given(start=st.integers(0, 400), length=st.integers(0, 400))
    def check(start: int, length: int) -> None:
        part = Blocks()
        for cid, data in dag.blocks_of(source, root, start=start, end=start + length):
            part.put(cid, data)
        assert b"".join(files.read(part, root, start=start, end=start + length)) == DATA[start : start + length]
        leaves = [cid for cid in part.data if cid.codec == RAW]
        # Twelve leaves hold at most 120 bytes; a part of n bytes touches at most n // 10 + 2.
        assert len(leaves) <= length // 10 + 2

    check()


def test_a_part_that_comes_twice_at_different_places_is_all_there(source: Blocks) -> None:
    root = _root(source, DATA[:90] * 3)
    part = Blocks()

    for cid, data in dag.blocks_of(source, root, start=80, end=110):
        part.put(cid, data)

    assert b"".join(files.read(part, root, start=80, end=110)) == (DATA[:90] * 3)[80:110]


def test_what_was_given_before_is_left_out(source: Blocks) -> None:
    root, seen = _root(source), set[bytes]()
    assert list(dag.blocks_of(source, root, seen=seen))

    assert list(dag.blocks_of(source, root, seen=seen)) == []


def test_examine_counts_bytes_and_blocks(source: Blocks) -> None:
    root = _root(source)

    tree = dag.examine(source, root)

    assert tree.size_bytes == len(DATA)
    assert {root, *tree.below} == set(source.data)
    assert dag.size_of(source, root) == len(DATA)


def test_examine_of_one_block(source: Blocks) -> None:
    root = source.keep(b"one", RAW)

    assert dag.examine(source, root) == dag.Tree(3, ())


def test_examine_finds_a_missing_block(blocks: BlockStore) -> None:
    root = unixfs.build(DATA, lambda cid, data: blocks.put(cid, data) if len(data) > 1 else None, chunk_bytes=10).cid

    with pytest.raises(MissingBlock):
        dag.examine(blocks, root)


@pytest.mark.parametrize("stated", [0, 9, 11, 2**40])
def test_examine_refuses_a_wrong_size(source: Blocks, stated: int) -> None:
    leaf = source.keep(DATA[:10], RAW)
    root = source.keep(unixfs.encode([unixfs.Link(leaf, stated, 10)]), DAG_PB)

    with pytest.raises(DamagedBlock):
        dag.examine(source, root)


def test_examine_of_nodes_that_repeat_each_other_ends(source: Blocks) -> None:
    # Forty levels, each the one below twice: 2^40 bytes in 41 blocks.
    link = unixfs.Link(source.keep(b"1", RAW), 1, 1)
    for _ in range(40):
        link = unixfs.Link(source.keep(unixfs.encode([link, link]), DAG_PB), 2 * link.file_bytes, 1)

    assert dag.examine(source, link.cid).size_bytes == 2**40


@pytest.mark.parametrize("codec", [DAG_PB, 0x71, 0x0129])
def test_examine_refuses_what_is_no_file(source: Blocks, codec: int) -> None:
    with pytest.raises(DamagedBlock):
        dag.examine(source, source.keep(b"\xff no node", codec))


def test_files_under_a_directory(source: Blocks) -> None:
    one, two = source.keep(b"1", RAW), source.keep(b"2", RAW)
    inner = source.directory([("two.txt", two), ("again.txt", one)])
    root = source.directory([("one.txt", one), ("inner", inner), ("same", inner)])

    assert list(dag.files_under(source, root)) == [("one.txt", one), ("inner/two.txt", two)]


def test_files_under_a_sharded_directory(source: Blocks) -> None:
    one, two = source.keep(b"1", RAW), source.keep(b"2", RAW)
    shard = b"\x08\x05\x30\x80\x02"
    root = source.node([("1Fone.txt", one), ("20", source.node([("0Atwo.txt", two)], shard))], shard)

    assert list(dag.files_under(source, root)) == [("one.txt", one), ("two.txt", two)]


def test_file_is_the_only_one_under_itself(source: Blocks) -> None:
    root = _root(source)

    assert list(dag.files_under(source, root)) == [("", root)]


def test_directory_with_a_broken_entry_is_damaged(source: Blocks) -> None:
    with pytest.raises(DamagedBlock):
        list(dag.files_under(source, source.keep(b"\x12\x02\x0a\x00\x0a\x02\x08\x01", DAG_PB)))


def test_cid_at_the_beginning() -> None:
    name = cids.of_block(b"1", RAW)

    assert cids.from_beginning(name.binary + b"rest") == (name, 36)
    for broken in (b"", b"\x01", name.binary[:-1], b"\x12\x20", b"\x03" + name.binary[1:], b"\x01\x55\x12\x00"):
        with pytest.raises(ValueError, match=r".*"):
            cids.from_beginning(broken)

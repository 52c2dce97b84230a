"""The UnixFS builder, against what an independent implementation made of the same bytes."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.storage import cids, unixfs
from content.storage.cids import RAW, Cid
from tests.support.samples import varied_bytes
from tests.support.unixfs_oracle import UnixfsOracle

# From npm ipfs-unixfs-importer 17 (cidVersion 1, rawLeaves, reduceSingleLeafToSelf, fixedSize, balanced), over
# varied_bytes(size): size, chunk, links, CID.
MIB = 2**20
VECTORS = [
    (0, MIB, 1024, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
    (1, MIB, 1024, "bafkreicffoq5334aerwerptwsamty5wb2yiyledl5fabafh6cty34zfxj4"),
    (MIB - 1, MIB, 1024, "bafkreidrtvbkhuyusr3u5htlbzr7tqgwnftuv4ndzlccpocxsiorf72ose"),
    (MIB, MIB, 1024, "bafkreibjmrvhyymyisg7iy4gwgsbxzsvr4pi7sekxy57dyucmgdks6q4ym"),
    (MIB + 1, MIB, 1024, "bafybeie6ylzhx4ihw5kcb3kq6ixem7f42jlp5leuyr7wbeedkojesw3j7q"),
    (10_000_000, MIB, 1024, "bafybeicsvilupstmixpyprl2c537rhmhjuxqkmflvxxnfzjt67ba536d34"),
    (16 * 1024 - 1, 16, 1024, "bafybeie3wpawrwcy4egygb5a2xezaojbst7e3id4mmh2yjkwfoeqrd46da"),
    (16 * 1024, 16, 1024, "bafybeihsymkjybmbmeh7ujbq6iho4pokyhw5o2ykw3rjxfjn4xi5dghmme"),
    (16 * 1024 + 1, 16, 1024, "bafybeickxgmxhu5m56jslgph2uh74nifmoczyibr5622fx4s3e6vfpjjta"),
    (16 * 2048 + 5, 16, 1024, "bafybeibgmzzx76ocr4nbr3gbpnghg5jamhzrzzpgvgq2z7o7r72pwskjbq"),
    (39, 10, 4, "bafybeidsdnfasyluasccfgtnpjcjvw7ohhjylqoky7gc35t5lofudp5qgu"),
    (40, 10, 4, "bafybeihcf6ro4zji2c7zqth4hyo43mtkulrthcsbtjkvtxhun4jc3vme5q"),
    (41, 10, 4, "bafybeigu3ficb2tbjmlywtf3h4qmrtlmrgok66sr4gj26i6nycecfqugha"),
    (160, 10, 4, "bafybeicclgmetvw3pbgi56f7o34xii6qrqywuwtnou2ejbagajim5uriru"),
    (161, 10, 4, "bafybeiaoo7pmlmz4a4uibdkpy3shhx5jvnbm2ovoh4wddayi5opj6sr2aq"),
    (640, 10, 4, "bafybeihosuhyapatq2t4kgetpvmbs766xpfvqadz4jhxuxj5rkaoa32fea"),
    (641, 10, 4, "bafybeialst5itawddrgfsbz5qvyq3exxselvhaogyhlhb4cysou7detqda"),
    (2563, 10, 4, "bafybeihrkn3lybdarfuut4vhhcy2qkopqs3e2v4givwudbyutorouz7d5u"),
]


class Dribble:
    """A stream that never returns as much as it is asked for, as sockets do."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._file.read(max(1, size // 3))


def _built(source: BinaryIO | bytes, chunk: int, links: int) -> tuple[unixfs.Link, dict[Cid, bytes]]:
    blocks: dict[Cid, bytes] = {}
    root = unixfs.build(
        source, lambda cid, block: blocks.update({cid: bytes(block)}), chunk_bytes=chunk, max_links=links
    )
    return root, blocks


def _joined(blocks: dict[Cid, bytes], cid: Cid) -> bytes:
    if cid.codec == RAW:
        return blocks[cid]
    return b"".join(_joined(blocks, link.cid) for link in unixfs.decode(blocks[cid]).links)


@pytest.mark.parametrize(("size", "chunk", "links", "cid"), VECTORS)
def test_build_gives_the_cid_of_the_independent_implementation(size: int, chunk: int, links: int, cid: str) -> None:
    root, _ = _built(varied_bytes(size), chunk, links)

    assert str(root.cid) == cid
    assert root.file_bytes == size


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnixfsOracle]:
    with UnixfsOracle(tmp_path_factory.mktemp("oracle")) as running:
        yield running


@pytest.mark.parametrize(("size", "chunk", "links", "cid"), VECTORS)
def test_the_independent_implementation_still_says_so(
    oracle: UnixfsOracle, size: int, chunk: int, links: int, cid: str
) -> None:
    assert oracle.cid(varied_bytes(size), chunk=chunk, links=links) == cid


def test_build_of_any_file_is_that_of_the_independent_implementation(oracle: UnixfsOracle) -> None:
    # Chunks that are equal, too: zeros; and numbers of links around every border of small nodes.
    @settings(deadline=None, max_examples=150)
    @given(
        data=st.binary(max_size=900) | st.integers(0, 900).map(bytes) | st.integers(0, 900).map(varied_bytes),
        chunk=st.integers(1, 40),
        links=st.integers(2, 6),
    )
    def check(data: bytes, chunk: int, links: int) -> None:
        assert str(_built(data, chunk, links)[0].cid) == oracle.cid(data, chunk=chunk, links=links)

    check()


def test_build_uses_the_profile_unless_told_otherwise() -> None:
    root = unixfs.build(varied_bytes(10_000_000), lambda cid, block: None)

    assert str(root.cid) == "bafybeicsvilupstmixpyprl2c537rhmhjuxqkmflvxxnfzjt67ba536d34"


@given(data=st.binary(max_size=700), chunk=st.integers(1, 40), links=st.integers(2, 6))
def test_build_keeps_every_byte_in_sound_nodes(data: bytes, chunk: int, links: int) -> None:
    root, blocks = _built(data, chunk, links)

    assert _joined(blocks, root.cid) == data
    for cid, block in blocks.items():
        assert cids.of_block(block, cid.codec) == cid
        if cid.codec == RAW:
            assert len(block) <= chunk
        else:
            node = unixfs.decode(block)
            assert 1 <= len(node.links) <= links
            assert unixfs.encode(list(node.links)) == block


@given(data=st.binary(max_size=300), chunk=st.integers(1, 40), links=st.integers(2, 6))
def test_build_of_a_stream_is_that_of_the_bytes(data: bytes, chunk: int, links: int) -> None:
    of_bytes, _ = _built(data, chunk, links)

    assert _built(io.BytesIO(data), chunk, links)[0] == of_bytes
    assert _built(cast("BinaryIO", Dribble(data)), chunk, links)[0] == of_bytes


def test_build_emits_children_before_parents() -> None:
    seen: list[Cid] = []

    def emit(cid: Cid, block: bytes | memoryview) -> None:
        if cid.codec != RAW:
            assert {link.cid for link in unixfs.decode(bytes(block)).links} <= set(seen)
        seen.append(cid)

    root = unixfs.build(varied_bytes(1000), emit, chunk_bytes=10, max_links=4)

    assert seen[-1] == root.cid


class Zeros:
    """A stream of `left` zeros; each read makes them anew, as a file does."""

    def __init__(self, left: int) -> None:
        self.left = left

    def read(self, size: int) -> bytes:
        given = min(size, self.left)
        self.left -= given
        return bytes(given)


def test_build_of_a_gigabyte_holds_one_chunk() -> None:
    sizes: list[int] = []
    tracemalloc.start()
    try:
        root = unixfs.build(cast("BinaryIO", Zeros(10**9)), lambda cid, block: sizes.append(len(block)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert root.file_bytes == 10**9
    assert len(sizes) == 954 + 1
    assert peak < 4 * MIB


@given(block=st.binary(max_size=200))
def test_decode_of_anything_reads_it_or_raises_value_error(block: bytes) -> None:
    with suppress(ValueError):
        unixfs.decode(block)


def test_decode_refuses_a_folder() -> None:
    # PBData of a UnixFS directory: field 1, two bytes, Type 1.
    with pytest.raises(ValueError, match="not a node of a file"):
        unixfs.decode(b"\x0a\x02\x08\x01")

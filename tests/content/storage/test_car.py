"""Archives of blocks: what goes in comes out, and what is damaged does not."""

import io
import itertools
import tracemalloc
from collections.abc import Iterator

import dag_cbor
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import CID, varint

from content.errors import DamagedArchive
from content.storage import car, cids
from content.storage.blocks import LARGEST_BLOCK
from content.storage.car import LARGEST_HEADER, Reader
from content.storage.cids import DAG_PB, RAW, Cid
from tests.support.samples import varied_bytes

ONE, TWO = b"one", b"two"
CIDS = [cids.of_block(ONE, RAW), cids.of_block(TWO, DAG_PB)]
WHOLE = b"".join(car.pack(CIDS[:1], zip(CIDS, [ONE, TWO], strict=True)))


def _read(archive: bytes) -> list[tuple[Cid, bytes]]:
    return [(section.cid, section.data) for section in Reader(io.BytesIO(archive))]


def _archive(*sections: bytes, header: bytes | None = None) -> bytes:
    header = dag_cbor.encode({"roots": [], "version": 1}) if header is None else header
    return b"".join(varint.encode(len(part)) + part for part in (header, *sections))


@given(
    blocks=st.lists(st.tuples(st.sampled_from([RAW, DAG_PB, 0x0129]), st.binary(max_size=300)), max_size=8),
    roots=st.integers(0, 4),
)
def test_what_is_packed_is_read(blocks: list[tuple[int, bytes]], roots: int) -> None:
    named = [(cids.of_block(data, codec), data) for codec, data in blocks]
    wanted = [cid for cid, _ in named][:roots]

    packed = b"".join(car.pack(wanted, named))

    reader = Reader(io.BytesIO(packed))
    assert reader.roots == tuple(wanted)
    sections = list(reader)
    assert [(section.cid, section.data) for section in sections] == named
    assert all(packed[section.offset :].startswith(section.data) for section in sections)


def test_bytes_are_those_of_the_specification() -> None:
    # https://ipld.io/specs/transport/car/carv1/: {"roots": [CID], "version": 1} with tag 42 and a multibase prefix.
    name = CIDS[0].binary
    header = b"\xa2eroots\x81\xd8\x2aX\x25\x00" + name + b"gversion\x01"

    packed = b"".join(car.pack(CIDS[:1], [(CIDS[0], ONE)]))

    assert packed == bytes([len(header)]) + header + bytes([len(name) + 3]) + name + ONE


def test_the_first_block_comes_with_the_header() -> None:
    def broken(blocks: list[tuple[Cid, bytes]]) -> Iterator[tuple[Cid, bytes]]:
        yield from blocks
        raise DamagedArchive

    with pytest.raises(DamagedArchive):
        next(car.pack(CIDS, broken([])))


def test_cid_of_version_0_is_read_as_version_1() -> None:
    old = CID.decode(CIDS[1].binary).set(version=0, base="base58btc")

    (section,) = Reader(io.BytesIO(_archive(bytes(old) + TWO)))

    assert section.cid == CIDS[1]


def test_identity_block_is_read() -> None:
    cid = Cid(RAW, cids.IDENTITY, b"itself")

    assert _read(_archive(cid.binary + b"itself")) == [(cid, b"itself")]


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_archive_that_is_cut_short_lacks_a_block_or_is_refused(length: int) -> None:
    try:
        found = _read(WHOLE[:length])
    except DamagedArchive:
        return
    # Between two blocks nothing tells that more would follow: whoever needs the block finds out.
    assert len(found) < 2


def test_every_flipped_bit_of_a_block_is_refused() -> None:
    start = len(_archive(header=dag_cbor.encode({"roots": [CID.decode(CIDS[0].binary)], "version": 1})))
    for position, bit in itertools.product(range(start, len(WHOLE)), range(8)):
        flipped = bytearray(WHOLE)
        flipped[position] ^= 1 << bit
        try:
            found = _read(bytes(flipped))
        except DamagedArchive:
            continue
        # The codec is no part of a hash: the block is another, and the one that was there is missing.
        assert set(found) != {(CIDS[0], ONE), (CIDS[1], TWO)}


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"\x00",
        b"\x80",
        b"\xff" * 9,
        b"\x80\x00",
        varint.encode(LARGEST_HEADER + 1) + bytes(LARGEST_HEADER + 1),
        _archive(header=b"\x9b" + b"\xff" * 8),
        _archive(header=b"\x81" * 5000),
        _archive(header=b"{}"),
        _archive(header=dag_cbor.encode([])),
        _archive(header=dag_cbor.encode({"version": 1})),
        _archive(header=dag_cbor.encode({"version": 1, "roots": ["bafkqaaa"]})),
        _archive(header=dag_cbor.encode({"version": 2})),
        _archive(b""),
        _archive(b"\x01"),
        _archive(b"\x02\x55\x12\x20" + bytes(32)),
        _archive(CIDS[0].binary[:-1]),
        _archive(CIDS[0].binary + TWO),
        _archive(Cid(RAW, cids.IDENTITY, b"itself").binary + b"other"),
        _archive(Cid(RAW, 0xB220, bytes(32)).binary + ONE),
        _archive(Cid(RAW, cids.IDENTITY, bytes(129)).binary + bytes(129)),
        varint.encode(2**40),
    ],
)
def test_what_is_no_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(DamagedArchive):
        _read(archive)


def test_block_over_the_limit_is_refused_and_one_at_it_is_read() -> None:
    largest = bytes(LARGEST_BLOCK)
    cid, larger = cids.of_block(largest, RAW), cids.of_block(largest + b"1", RAW)

    assert _read(_archive(cid.binary + largest)) == [(cid, largest)]
    with pytest.raises(DamagedArchive):
        _read(_archive(larger.binary + largest + b"1"))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for archive in (data, _archive(data), _archive() + data):
        try:
            _read(archive)
        except DamagedArchive:
            continue


@given(number=st.integers(0, 2**63 - 1))
def test_lengths_are_numbers_of_any_size(number: int) -> None:
    encoded = varint.encode(number)
    reader = object.__new__(Reader)
    reader._source, reader._position = io.BytesIO(encoded), 0

    assert (reader._read_length(), reader._position) == (number, len(encoded))


def test_a_source_that_gives_less_than_it_is_asked_for_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 3))

    assert [section.data for section in Reader(Slow(WHOLE))] == [ONE, TWO]


def test_memory_holds_a_block_and_not_the_archive() -> None:
    data = varied_bytes(2**20)
    name = cids.of_block(data, RAW)

    class Endless(io.RawIOBase):
        """Sixty-four times the same block."""

        def __init__(self) -> None:
            self.pieces = car.pack([], ((name, data) for _ in range(64)))
            self.rest = b""

        def read(self, size: int = -1) -> bytes:
            while len(self.rest) < size and (piece := next(self.pieces, b"")):
                self.rest += piece
            found, self.rest = self.rest[:size], self.rest[size:]
            return found

    tracemalloc.start()
    try:
        reader = Reader(Endless())  # type: ignore[arg-type]  # a stream that can only read
        assert sum(len(section.data) for section in reader) == 64 * 2**20
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()

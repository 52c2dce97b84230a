"""CAR archives of tests: some that are made here, and those of the public gateway-conformance suite where present."""

import io
from collections.abc import Callable
from pathlib import Path

from multiformats import varint

from content.storage import car, cids, unixfs
from content.storage.cids import DAG_PB, RAW, Cid
from tests.support.samples import varied_bytes

# https://github.com/ipfs/gateway-conformance/tree/main/fixtures
SUITE = Path(__file__).resolve().parents[3] / "shared" / "ipfs-fixtures"
WORDS = b"Lorem ipsum dolor sit amet. " * 80


class Blocks:
    """Blocks in memory, of which `get` gives one."""

    def __init__(self) -> None:
        self.data: dict[Cid, bytes] = {}

    def put(self, cid: Cid, data: bytes | memoryview) -> None:
        """Take a block in."""
        self.data[cid] = bytes(data)

    def get(self, cid: Cid) -> bytes:
        """The block."""
        return self.data[cid]

    def file(self, data: bytes, chunk_bytes: int = 256) -> unixfs.Link:
        """Cut `data` into blocks; its root."""
        return unixfs.build(data, self.put, chunk_bytes=chunk_bytes)

    def node(self, links: list[tuple[str, Cid]], data: bytes) -> Cid:
        """A dag-pb node of named links around UnixFS `data`."""
        body = b"".join(_field(2, _field(1, cid.binary) + _field(2, name.encode())) for name, cid in links)
        return self.keep(body + _field(1, data), DAG_PB)

    def directory(self, links: list[tuple[str, Cid]]) -> Cid:
        """A plain directory."""
        return self.node(links, b"\x08\x01")

    def keep(self, data: bytes, codec: int) -> Cid:
        """One block."""
        cid = cids.of_block(data, codec)
        self.put(cid, data)
        return cid


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + varint.encode(len(value)) + value


def packed(roots: list[Cid], blocks: Blocks) -> bytes:
    """An archive of all the blocks."""
    return b"".join(car.pack(roots, blocks.data.items()))


def blocks_in(archive: bytes) -> tuple[tuple[Cid, ...], dict[Cid, bytes]]:
    """Roots and blocks of an archive, read by the reader that refuses what is damaged."""
    reader = car.Reader(io.BytesIO(archive))
    return reader.roots, {section.cid: section.data for section in reader}


def _raw_block() -> bytes:
    blocks = Blocks()
    return packed([blocks.keep(b"hello application/vnd.ipld.raw\n", RAW)], blocks)


def _several_blocks() -> bytes:
    blocks = Blocks()
    return packed([blocks.file(WORDS).cid], blocks)


def _directory() -> bytes:
    blocks = Blocks()
    hello, words = blocks.file(b"hello\n").cid, blocks.file(WORDS).cid
    inner = blocks.directory([("copy.txt", hello), ("words.txt", words)])
    return packed([blocks.directory([("hello.txt", hello), ("inner", inner)])], blocks)


def _percent_encoded_name() -> bytes:
    blocks = Blocks()
    return packed([blocks.directory([("Portugal%2C+Espanha.txt", blocks.file(b"by any name\n").cid)])], blocks)


def _shards() -> bytes:
    blocks = Blocks()
    one, two = blocks.file(b"one\n").cid, blocks.file(b"two\n").cid
    shard = b"\x08\x05\x28\x22\x30\x80\x02"  # a HAMT of 256 places
    inner = blocks.node([("0Atwo.txt", two)], shard)
    return packed([blocks.node([("1Fone.txt", one), ("20", inner)], shard)], blocks)


def _missing_block() -> bytes:
    blocks = Blocks()
    root = blocks.file(varied_bytes(3 * 1024), chunk_bytes=1024).cid
    del blocks.data[cids.of_block(varied_bytes(3 * 1024)[1024:2048], RAW)]
    return packed([root], blocks)


_OWN: dict[str, Callable[[], bytes]] = {
    "own-raw-block": _raw_block,
    "own-several-blocks": _several_blocks,
    "own-directory": _directory,
    "own-percent-encoded-name": _percent_encoded_name,
    "own-shards": _shards,
    "own-missing-block": _missing_block,
}
_OF_SUITE = sorted(path.stem for path in SUITE.glob("*.car"))
INCOMPLETE = [name for name in [*_OWN, *_OF_SUITE] if "missing-block" in name]
COMPLETE = [name for name in [*_OWN, *_OF_SUITE] if name not in INCOMPLETE]


def archive(name: str) -> bytes:
    """The bytes of one of the archives above."""
    return _OWN[name]() if name in _OWN else (SUITE / f"{name}.car").read_bytes()

"""CAR archives, version 1: blocks one after another, each behind its length and its CID.

https://ipld.io/specs/transport/car/carv1/ describes the format. Both directions stream: memory holds one block.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import dag_cbor
from dag_cbor.decoding import CBORDecodingError, DAGCBORDecodingError
from multiformats import CID, varint

from content.errors import DamagedArchive
from content.storage import cids
from content.storage.blocks import LARGEST_BLOCK
from content.storage.cids import IDENTITY, SHA2_256, Cid

# About 25,000 roots.
LARGEST_HEADER = 2**20
# A CID of SHA-256 has 36 bytes, one that holds its data at most 138.
_LARGEST_SECTION = LARGEST_BLOCK + 256
# Lengths above fit into four bytes; the format allows nine.
_LONGEST_VARINT = 9


@dataclass(frozen=True, slots=True)
class Section:
    """A block of an archive; its data begins at byte `offset` of the archive."""

    cid: Cid
    data: bytes
    offset: int


def pack(roots: Sequence[Cid], blocks: Iterable[tuple[Cid, bytes]]) -> Iterator[bytes]:
    """An archive of `blocks` that names `roots`, in pieces of about a block.

    The first piece has the first block with it: where that cannot be read, nothing was sent yet.
    """
    waiting = iter(blocks)
    first = next(waiting, None)
    yield _header(roots) + (b"" if first is None else _section(*first))
    for cid, data in waiting:
        yield _section(cid, data)


def _header(roots: Sequence[Cid]) -> bytes:
    fields: Any = {"roots": [CID.decode(root.binary) for root in roots], "version": 1}
    header = dag_cbor.encode(fields)
    return varint.encode(len(header)) + header


def _section(cid: Cid, data: bytes) -> bytes:
    name = cid.binary
    return varint.encode(len(name) + len(data)) + name + data


class Reader:
    """Reads an archive from its beginning: `roots` at once, then its blocks by iterating, once.

    Every block has the hash that its CID states. Raises `DamagedArchive` for whatever is no whole archive of blocks
    with SHA-256 or identity CIDs, each of at most `LARGEST_BLOCK` bytes. What was read before is not wrong.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._position = 0
        self.roots = self._read_header()

    def __iter__(self) -> Iterator[Section]:
        while (length := self._read_length()) is not None:
            if not 0 < length <= _LARGEST_SECTION:
                raise DamagedArchive(f"The archive has a block of {length} bytes; {LARGEST_BLOCK} are allowed.")
            section = self._read(length)
            try:
                cid, name_bytes = cids.from_beginning(section)
            except ValueError as error:
                raise DamagedArchive("The archive has a block whose CID cannot be read.") from error
            data = section[name_bytes:]
            check(cid, data)
            yield Section(cid, data, self._position - len(data))

    def _read_header(self) -> tuple[Cid, ...]:
        length = self._read_length()
        if length is None:
            raise DamagedArchive("The archive is empty.")
        if not 0 < length <= LARGEST_HEADER:
            raise DamagedArchive("This is no CAR archive: it does not begin with a header.")
        try:
            header = dag_cbor.decode(self._read(length))
        except (CBORDecodingError, DAGCBORDecodingError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise DamagedArchive("This is no CAR archive: its header cannot be read.") from error
        if not isinstance(header, dict) or header.get("version") != 1:
            raise DamagedArchive("This is no CAR archive of version 1.")
        roots = header.get("roots")
        if not isinstance(roots, list) or not all(isinstance(root, CID) for root in roots):
            raise DamagedArchive("The header of the archive names no roots.")
        try:
            return tuple(cids.from_binary(bytes(root)) for root in roots if isinstance(root, CID))
        except ValueError as error:
            raise DamagedArchive("The header of the archive names a root that cannot be read.") from error

    def _read_length(self) -> int | None:
        """The number at the position; None at the end of the archive."""
        number = b""
        while byte := self._source.read(1):
            number += byte
            if byte[0] < 0x80:
                break
            if len(number) == _LONGEST_VARINT:
                raise DamagedArchive("The archive has a length that is too long.")
        if not number:
            return None
        self._position += len(number)
        try:
            return varint.decode(number)
        except ValueError as error:
            raise DamagedArchive("The archive has a length that cannot be read.") from error

    def _read(self, length: int) -> bytes:
        data = self._source.read(length)
        while data and len(data) < length and (more := self._source.read(length - len(data))):
            data += more
        if len(data) < length:
            raise DamagedArchive("The archive is cut short.")
        self._position += length
        return data


def check(cid: Cid, data: bytes) -> None:
    """Raise `DamagedArchive` unless `data` has the hash that `cid` states, and the size of a block."""
    if cid.hash_code == SHA2_256:
        right = hashlib.sha256(data).digest() == cid.digest
    elif cid.hash_code == IDENTITY:
        right = data == cid.digest
    else:
        raise DamagedArchive(f"The archive has a block {cid} whose hash function is not SHA-256.")
    if not right:
        raise DamagedArchive(f"The block {cid} of the archive is damaged.")
    if len(data) > LARGEST_BLOCK:
        raise DamagedArchive(f"The archive has a block of {len(data)} bytes; {LARGEST_BLOCK} are allowed.")

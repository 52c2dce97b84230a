"""UnixFS files as blocks: the `unixfs-v1-2025` profile (IPIP-499), so that an IPFS node computes the same CIDs.

CIDv1, SHA-256, raw leaves of 1 MiB, at most 1024 links a node, balanced (all leaves at one depth). A file of one chunk
is its leaf. https://specs.ipfs.tech/unixfs/ and https://ipld.io/specs/codecs/dag-pb/spec/ describe the formats.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from multiformats import varint

from content.storage import cids
from content.storage.cids import Cid

CHUNK_BYTES = 2**20
LINKS = 1024

# UnixFS DataType
_RAW_DATA = 0
_DIRECTORY = 1
_FILE = 2
_SHARD = 5

Block = bytes | memoryview
Emit = Callable[[Cid, Block], None]


@dataclass(frozen=True, slots=True)
class Link:
    """A child of a node: `file_bytes` of the file lie under it; `tree_bytes` is all its blocks together (`Tsize`)."""

    cid: Cid
    file_bytes: int
    tree_bytes: int


@dataclass(frozen=True, slots=True)
class Node:
    """A dag-pb node of a file: bytes of its own, then its children in order."""

    data: bytes
    links: tuple[Link, ...]


def chunks(source: BinaryIO | bytes, size: int = CHUNK_BYTES) -> Iterator[Block]:
    """The file in pieces of `size` bytes, the last one shorter; an empty file is one empty piece. Nothing is copied."""
    if isinstance(source, bytes):
        view = memoryview(source)
        for start in range(0, max(len(view), 1), size):
            yield view[start : start + size]
        return
    first = True
    while piece := _read_fully(source, size):
        first = False
        yield piece
    if first:
        yield b""


def _read_fully(source: BinaryIO, size: int) -> bytes:
    # A socket or pipe returns less than it was asked for, and a chunk border must not depend on that.
    piece = source.read(size)
    while piece and len(piece) < size and (more := source.read(size - len(piece))):
        piece += more
    return piece


def build(source: BinaryIO | bytes, emit: Emit, *, chunk_bytes: int = CHUNK_BYTES, max_links: int = LINKS) -> Link:
    """Cut `source` into blocks, give each to `emit` (children before parents) and return the root.

    Memory holds one chunk and at most `max_links` links a level, whatever the file's size.
    """
    levels: list[list[Link]] = [[]]
    for chunk in chunks(source, chunk_bytes):
        leaf = cids.of_block(chunk, cids.RAW)
        emit(leaf, chunk)
        _append(levels, 0, Link(leaf, len(chunk), len(chunk)), emit, max_links)
    # Close what is open, from the leaves up; the last level's only link is the root.
    depth = 0
    while depth < len(levels) - 1 or len(levels[depth]) > 1:
        if levels[depth]:
            closed = _emit_node(levels[depth], emit)
            levels[depth] = []
            _append(levels, depth + 1, closed, emit, max_links)
        depth += 1
    return levels[depth][0]


def _append(levels: list[list[Link]], depth: int, link: Link, emit: Emit, max_links: int) -> None:
    if depth == len(levels):
        levels.append([])
    levels[depth].append(link)
    if len(levels[depth]) == max_links:
        full, levels[depth] = levels[depth], []
        _append(levels, depth + 1, _emit_node(full, emit), emit, max_links)


def _emit_node(links: list[Link], emit: Emit) -> Link:
    block = encode(links)
    cid = cids.of_block(block, cids.DAG_PB)
    emit(cid, block)
    file_bytes = sum(link.file_bytes for link in links)
    return Link(cid, file_bytes, len(block) + sum(link.tree_bytes for link in links))


def encode(links: list[Link]) -> bytes:
    """The dag-pb block of a file node over `links` (PBLinks before PBData, as the codec demands)."""
    out = bytearray()
    for link in links:
        name = b"\x12\x00"
        body = _field(1, link.cid.binary) + name + _number(3, link.tree_bytes)
        out += _field(2, body)
    data = bytearray(_number(1, _FILE) + _number(3, sum(link.file_bytes for link in links)))
    for link in links:
        data += _number(4, link.file_bytes)
    out += _field(1, bytes(data))
    return bytes(out)


def decode(block: bytes) -> Node:
    """Read a dag-pb block that is (a part of) a UnixFS file. Raises ValueError for anything else."""
    hashes: list[tuple[Cid, int]] = []
    unixfs: bytes | None = None
    for field, value in _fields(block):
        if field == 2 and isinstance(value, bytes):
            hashes.append(_decode_link(value))
        elif field == 1 and isinstance(value, bytes):
            unixfs = value
    if unixfs is None:
        raise ValueError("a node without UnixFS data")
    kind, data, sizes = None, b"", []
    for field, value in _fields(unixfs):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes):
            data = value
        elif field == 4 and isinstance(value, int):
            sizes.append(value)
    if kind not in (_FILE, _RAW_DATA) or len(sizes) != len(hashes):
        raise ValueError("not a node of a file")
    links = zip(hashes, sizes, strict=True)
    return Node(data, tuple(Link(cid, file_bytes, tree_bytes) for (cid, tree_bytes), file_bytes in links))


def decode_directory(block: bytes) -> list[tuple[str, Cid]] | None:
    """The entries of a directory, plain or sharded; None for any other node. Raises ValueError for what is no node.

    A shard's own shards are entries without a name. https://specs.ipfs.tech/unixfs/#dag-pb-hamtdirectory
    """
    bodies = [value for field, value in _fields(block) if field == 2 and isinstance(value, bytes)]
    data = next((value for field, value in _fields(block) if field == 1 and isinstance(value, bytes)), b"")
    numbers = {field: value for field, value in _fields(data) if isinstance(value, int)}
    kind, fanout = numbers.get(1), numbers.get(6, 0)
    if kind not in (_DIRECTORY, _SHARD):
        return None
    # Names in a shard begin with their place in it, in hexadecimal digits.
    prefix = len(f"{max(fanout - 1, 0):x}") if kind == _SHARD else 0
    return [(_decode_name(body)[prefix:], _decode_link(body)[0]) for body in bodies]


def _decode_name(body: bytes) -> str:
    name = next((value for field, value in _fields(body) if field == 2 and isinstance(value, bytes)), b"")
    return name.decode("utf-8")


def _decode_link(body: bytes) -> tuple[Cid, int]:
    cid, tree_bytes = None, 0
    for field, value in _fields(body):
        if field == 1 and isinstance(value, bytes):
            cid = cids.from_binary(value)
        elif field == 3 and isinstance(value, int):
            tree_bytes = value
    if cid is None:
        raise ValueError("a link without a CID")
    return cid, tree_bytes


# ---- protobuf: field numbers below 16, varints (wire type 0) and byte strings (wire type 2) -------------------------


def _number(field: int, value: int) -> bytes:
    return bytes((field << 3,)) + varint.encode(value)


def _field(field: int, value: bytes) -> bytes:
    return bytes((field << 3 | 2,)) + varint.encode(len(value)) + value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        value, position = _read_varint(data, position)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == 2:
            if position + value > len(data):
                raise ValueError("a field longer than its message")
            yield key >> 3, data[position : position + value]
            position += value
        else:
            raise ValueError("a wire type that dag-pb does not use")


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise ValueError("a broken number")
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if not byte & 0x80:
            return value, position

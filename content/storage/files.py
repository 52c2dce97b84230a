"""Whole files over blocks: any part of one is read back, or all of it looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

from content.errors import DamagedBlock, UnreadableBytes
from content.storage import unixfs
from content.storage.blocks import BlockSource
from content.storage.cids import DAG_PB, RAW, Cid
from content.storage.unixfs import Node


@dataclass(frozen=True, slots=True)
class Fault:
    """A block that cannot be given out, and the code of the error that says why."""

    cid: str
    code: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a whole file found: how many blocks were looked at, how many bytes of the file are right."""

    cid: str
    blocks: int
    size_bytes: int
    faults: tuple[Fault, ...]

    @property
    def intact(self) -> bool:
        """Whether every block is there and has the hash that its CID states."""
        return not self.faults


def read(store: BlockSource, root: Cid, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes `start` up to, without, `end` of the file under `root`, in pieces of at most a block.

    Only the blocks on the way to that part are read, each verified. Raises `MissingBlock`, `DamagedBlock` or
    `UnreadableBytes` at the piece that needs the block.
    """
    # What is still to be read, the next on top: a block and the offset in the file at which it begins.
    waiting = [(root, 0)]
    while waiting:
        cid, offset = waiting.pop()
        if cid.codec == RAW:
            data = store.get(cid)
        else:
            node = read_node(store, cid)
            data = node.data
            waiting.extend(children(node, offset + len(data), start, end))
        piece = data[max(start - offset, 0) : None if end is None else max(end - offset, 0)]
        if piece:
            yield piece


def verify(store: BlockSource, root: Cid, *, size_bytes: int | None = None) -> Verification:
    """Read every block of the file under `root`, one at a time.

    A fault hides what lies under it, and the rest is looked at. A block that is in the file more than once is read each
    time, and named once. Where every block is right and they make another size than `size_bytes`, the root is at fault.
    """
    waiting, blocks, size = [root], 0, 0
    faults: dict[Cid, Fault] = {}
    while waiting:
        cid = waiting.pop()
        blocks += 1
        try:
            if cid.codec == RAW:
                size += len(store.get(cid))
                continue
            node = read_node(store, cid)
        except UnreadableBytes as error:
            faults[cid] = Fault(str(cid), error.code)
            continue
        size += len(node.data)
        waiting.extend(link.cid for link in reversed(node.links))
    if not faults and size_bytes not in (None, size):
        faults[root] = Fault(str(root), DamagedBlock.code)
    return Verification(str(root), blocks, size, tuple(faults.values()))


def read_node(store: BlockSource, cid: Cid) -> Node:
    """The dag-pb node `cid`. Raises as `BlockStore.get`, and `DamagedBlock` where it is no node of a file."""
    if cid.codec != DAG_PB:
        raise DamagedBlock
    try:
        return unixfs.decode(store.get(cid))
    except ValueError as error:
        raise DamagedBlock from error


def children(node: Node, offset: int, start: int, end: int | None) -> list[tuple[Cid, int]]:
    """The children with bytes from `start` up to, without, `end`, the last first, and where each begins in the file.

    `offset` is where the first child begins.
    """
    wanted = []
    for link in node.links:
        after = offset + link.file_bytes
        if after > start and (end is None or offset < end):
            wanted.append((link.cid, offset))
        offset = after
    return wanted[::-1]

"""Whole files over blocks: write one, read any part of one back."""

from collections.abc import Iterator
from typing import BinaryIO

from content.errors import DamagedBlock
from content.storage import unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import DAG_PB, RAW, Cid
from content.storage.unixfs import Link, Node


def write(store: BlockStore, source: BinaryIO | bytes) -> Link:
    """Store a file's blocks, leaves first, and return its root. Raises `StorageFull`."""
    return unixfs.build(source, store.put)


def read(store: BlockStore, root: Cid, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
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
            waiting.extend(_children(node, offset + len(data), start, end))
        piece = data[max(start - offset, 0) : None if end is None else max(end - offset, 0)]
        if piece:
            yield piece


def read_node(store: BlockStore, cid: Cid) -> Node:
    """The dag-pb node `cid`. Raises as `BlockStore.get`, and `DamagedBlock` where it is no node of a file."""
    if cid.codec != DAG_PB:
        raise DamagedBlock
    try:
        return unixfs.decode(store.get(cid))
    except ValueError as error:
        raise DamagedBlock from error


def _children(node: Node, offset: int, start: int, end: int | None) -> list[tuple[Cid, int]]:
    wanted = []
    for link in node.links:
        after = offset + link.file_bytes
        if after > start and (end is None or offset < end):
            wanted.append((link.cid, offset))
        offset = after
    return wanted[::-1]

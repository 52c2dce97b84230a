"""Files as graphs of blocks: which blocks a file needs, and whether they are there and agree with each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from content.errors import DamagedBlock
from content.storage import files, unixfs
from content.storage.blocks import BlockSource
from content.storage.cids import DAG_PB, RAW, Cid


class Seen(Protocol):
    """A set of digests that grows."""

    def add(self, digest: bytes, /) -> object:
        """Take `digest` in."""

    def __contains__(self, digest: object, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Tree:
    """A file whose blocks are all there: its bytes, and the distinct blocks under its root."""

    size_bytes: int
    below: tuple[Cid, ...]


def size_of(source: BlockSource, root: Cid) -> int:
    """How many bytes the file under `root` has, as its root says. Raises as `files.read` does."""
    return len(source.get(root)) if root.codec == RAW else _size(files.read_node(source, root))


def blocks_of(
    source: BlockSource, root: Cid, *, start: int = 0, end: int | None = None, seen: Seen | None = None
) -> Iterator[tuple[Cid, bytes]]:
    """The blocks that bytes `start` up to, without, `end` of a file need, depth-first, each once.

    The root is one of them always. What is in `seen` is left out, and what is given is added to it. A CID that holds
    its data is no block. Raises as `files.read` does, at the block that cannot be read.
    """
    given: Seen = set() if seen is None else seen
    whole = start == 0 and end is None
    waiting = [(root, 0)]
    while waiting:
        cid, offset = waiting.pop()
        known = cid.digest in given
        # Of a node that comes again, another part may be wanted this time.
        if known and (whole or cid.codec == RAW):
            continue
        data = source.get(cid)
        if cid.codec != RAW:
            node = _node(cid, data)
            waiting.extend(files.children(node, offset + len(node.data), start, end))
        if not known and not cid.is_identity:
            given.add(cid.digest)
            yield cid, data


def examine(source: BlockSource, root: Cid) -> Tree:
    """Read every block of a file once, and compare the sizes that nodes state with what lies under them.

    Raises `MissingBlock`, `DamagedBlock` (for a graph that is no file, too) or `UnreadableBytes`.
    """
    sizes: dict[Cid, int] = {}
    waiting: list[tuple[Cid, int | None]] = [(root, None)]
    while waiting:
        cid, stated = waiting.pop()
        if cid not in sizes:
            data = source.get(cid)
            if cid.codec == RAW:
                sizes[cid] = len(data)
            else:
                node = _node(cid, data)
                sizes[cid] = _size(node)
                waiting.extend((link.cid, link.file_bytes) for link in node.links)
        # A child without bytes has no use in a file, and could be repeated without end.
        if stated is not None and (sizes[cid] != stated or stated == 0):
            raise DamagedBlock
    return Tree(sizes[root], tuple(cid for cid in sizes if cid != root and not cid.is_identity))


def files_under(source: BlockSource, root: Cid) -> Iterator[tuple[str, Cid]]:
    """The file under `root`, or the files of the directory that it is: the path in it, and the file's root; each once.

    What is neither (a symbolic link) is given too. Raises as `files.read` does.
    """
    seen, waiting = set(), [("", root)]
    while waiting:
        path, cid = waiting.pop()
        if cid in seen:
            continue
        seen.add(cid)
        entries = _entries(source, cid) if cid.codec == DAG_PB else None
        if entries is None:
            yield path, cid
        else:
            waiting.extend((f"{path}/{name}".strip("/"), child) for name, child in reversed(entries))


def _entries(source: BlockSource, cid: Cid) -> list[tuple[str, Cid]] | None:
    try:
        return unixfs.decode_directory(source.get(cid))
    except ValueError as error:
        raise DamagedBlock from error


def _node(cid: Cid, data: bytes) -> unixfs.Node:
    if cid.codec != DAG_PB:
        raise DamagedBlock
    try:
        return unixfs.decode(data)
    except ValueError as error:
        raise DamagedBlock from error


def _size(node: unixfs.Node) -> int:
    return len(node.data) + sum(link.file_bytes for link in node.links)

"""What the IPFS node has of a piece of content, block by block."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from django.conf import settings

from content.errors import DamagedBlock, MissingBlock
from content.ipfs.errors import NodeAway, NodeRefused
from content.models import Content, Visibility
from content.storage import cids, dag
from content.storage.cids import SHA2_256, Cid

# Somebody waits for this one.
_SECONDS = 10.0
MOST_BLOCKS = 64


class CopyState(StrEnum):
    """How the node's blocks compare with what the CID names."""

    SAME = "same"
    INCOMPLETE = "incomplete"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NodeCopy:
    """What the node has: whether it pins the file, and how many blocks of its were hashed and right.

    `unknown`: the node does not answer, or not about this.
    """

    state: CopyState
    pinned: bool = False
    blocks: int = 0


class _Blocks:
    """The node's blocks, each hashed here: what a node says of itself is no proof."""

    def __init__(self, fetch: Callable[[Cid], bytes | None]) -> None:
        self._fetch = fetch

    def get(self, cid: Cid) -> bytes:
        data = self._fetch(cid)
        if data is None:
            raise MissingBlock
        if cids.of_block(data, cid.codec).digest != cid.digest or cid.hash_code != SHA2_256:
            raise DamagedBlock
        return data


def node_copy(content: Content) -> NodeCopy | None:
    """Fetch the file's first blocks (at most `MOST_BLOCKS`) from the node and hash them.

    None where there is no node, or where it is not to have this: it is not even asked about private content.
    """
    if not settings.IPFS_API or content.visibility != Visibility.PUBLIC:
        return None
    # Imported here: the web process starts without the node's client.
    from content.ipfs.node import ipfs_node

    node = ipfs_node(timeout=min(_SECONDS, settings.IPFS_TIMEOUT_SECONDS))
    if node is None:
        return None
    root, pinned, blocks = cids.parse(content.cid), False, 0
    try:
        pinned = node.is_pinned(root)
        for _ in islice(dag.blocks_of(_Blocks(node.block), root), MOST_BLOCKS):
            blocks += 1
    except MissingBlock:
        return NodeCopy(CopyState.INCOMPLETE, pinned, blocks)
    except DamagedBlock:
        return NodeCopy(CopyState.DAMAGED, pinned, blocks)
    except (NodeAway, NodeRefused):
        return NodeCopy(CopyState.UNKNOWN, pinned, blocks)
    return NodeCopy(CopyState.SAME, pinned, blocks)

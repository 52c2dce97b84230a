"""One try for one CID: the node gets the file and pins it, or drops it; and what became of that is written down."""

import logging
import random
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import BinaryIO, TypeVar, cast

from common.errors import AtelierError
from content.errors import UnreadableBytes
from content.ipfs import pins
from content.ipfs.errors import NodeAway, OtherCid
from content.ipfs.node import IpfsNode
from content.ipfs.pins import Claimed, Overtaken
from content.ipfs.streams import PieceReader
from content.models import PinState
from content.storage import cids, dag, files, unixfs
from content.storage.blocks import block_store
from content.storage.cids import RAW, Cid

logger = logging.getLogger(__name__)

T = TypeVar("T")

# 5 s, 10 s, 20 s, … 10 min. What fails until somebody mends something is looked at every hour.
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_PAUSE_OF_FAILED = timedelta(hours=1)
# How often a claim is renewed while a file is sent.
_RENEW_SECONDS = 1.0


class Stopping(Exception):
    """This process ends; the next one goes on."""


def work(claimed: Claimed, *, node: IpfsNode, stopping: threading.Event) -> None:
    """Try once what is to be done for a claimed CID. Raises `NodeAway` after having noted it."""
    try:
        try:
            if pins.is_wanted(claimed.cid):
                _give(claimed, node, stopping)
            else:
                _drop(claimed, node)
        except AtelierError as error:
            final = isinstance(error, OtherCid | UnreadableBytes)
            logger.warning("%s is not on the IPFS node as it should be: %s", claimed.cid, error.message)
            pause = _PAUSE_OF_FAILED if final else pause_after(claimed.attempts + 1)
            pins.failed(claimed, error=error.message, final=final, pause=pause)
            if isinstance(error, NodeAway):
                raise
    except (Overtaken, Stopping):
        pins.give_back(claimed)


def _give(claimed: Claimed, node: IpfsNode, stopping: threading.Event) -> None:
    if claimed.state != PinState.PINNED:
        cid, store = cids.parse(claimed.cid), block_store()
        if _is_cut_by_profile(cid):
            node.add(cid, _watched(files.read(store, cid), claimed, stopping))
        else:
            node.add_blocks(cid, _watched(dag.blocks_of(store, cid), claimed, stopping))
        pins.renew(claimed)
        node.pin(cid)
    pins.settled(claimed)


def _drop(claimed: Claimed, node: IpfsNode) -> None:
    pins.begin_leaving(claimed)
    node.unpin(cids.parse(claimed.cid))
    pins.left(claimed)


def _is_cut_by_profile(cid: Cid) -> bool:
    """Whether the profile gives this CID to the file; an imported one may have been cut in another way."""
    store = block_store()
    if cid.codec == RAW:
        return len(store.get(cid)) <= unixfs.CHUNK_BYTES
    source = cast(BinaryIO, PieceReader(files.read(store, cid)))
    return unixfs.build(source, lambda _cid, _block: None).cid == cid


def _watched(pieces: Iterable[T], claimed: Claimed, stopping: threading.Event) -> Iterator[T]:
    """`pieces`, until the process ends, or the file is not wanted any more (then `Overtaken`)."""
    renewed = time.monotonic()
    for piece in pieces:
        if stopping.is_set():
            raise Stopping
        if time.monotonic() - renewed >= _RENEW_SECONDS:
            pins.renew(claimed)
            renewed = time.monotonic()
        yield piece


def pause_after(attempts: int) -> timedelta:
    """The pause after try number `attempts` (from 1) failed: it grows, and is not the same for all at once."""
    pause = min(_FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), _LONGEST_PAUSE)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret

"""The IPFS node on which public content is pinned: Kubo's RPC, spoken by ipfshttpclient.

Importing this takes the time that ipfshttpclient takes: what must start fast does it where it is needed.
https://docs.ipfs.tech/reference/kubo/rpc/ describes the RPC.
"""

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, cast

import ipfshttpclient
import requests
import urllib3
from django.conf import settings
from ipfshttpclient import exceptions

from content.errors import MalformedCid
from content.ipfs.errors import NodeAway, NodeForbids, NodeRefused, OtherCid
from content.ipfs.streams import PieceReader
from content.storage import car, cids, unixfs
from content.storage.cids import Cid

logger = logging.getLogger(__name__)

# Never a node's defaults, which differ from node to node and from version to version. `pin` is a step of its own: what
# has another CID than ours is never pinned, not even for a moment.
PROFILE = {
    "cid-version": "1",
    "raw-leaves": "true",
    "hash": "sha2-256",
    "chunker": f"size-{unixfs.CHUNK_BYTES}",
    "max-file-links": str(unixfs.LINKS),
    "trickle": "false",
    "inline": "false",
    "wrap-with-directory": "false",
    "progress": "false",
    "pin": "false",
}
# A node that lacks a block looks for it in the network. It shall not, and one that ignores `offline` shall give up.
_HERE_ONLY = {"offline": "true", "timeout": "2s"}
_BLOCKS_AT_ONCE = 100
_PIECE_BYTES = 2**20
_NO_RPC = "The IPFS node does not answer as Kubo's RPC does. Correct IPFS_API."
_NO_ENTRY = "The IPFS node refuses our login. Correct IPFS_AUTH."


class IpfsNode:
    """One node. Every call raises `NodeAway` or `NodeRefused`; CIDs are compared as bytes, whatever their text."""

    def __init__(self, *, address: str, path: str, authorization: tuple[str, str] | str | None, timeout: float) -> None:
        # urllib3 2 says so at each connection.
        warnings.filterwarnings("ignore", "The 'strict' parameter is no longer needed", FutureWarning)
        bearer = {"Authorization": f"Bearer {authorization}"} if isinstance(authorization, str) else {}
        basic = None
        if isinstance(authorization, tuple):
            basic = tuple(part.encode() for part in authorization)
        # Not `connect()`, which refuses every node of today for its version.
        self._client = ipfshttpclient.Client(
            address, path, chunk_size=_PIECE_BYTES, auth=basic, headers=bearer, timeout=timeout
        )

    def version(self) -> str:
        """Name and version of the node's program, as it gives them."""
        with _understood():
            answer = self._client.version()
            program = "js-ipfs" if "ipfs-core" in answer else "Kubo"
            return f"{program} {answer['Version']}"

    def add(self, cid: Cid, pieces: Iterable[bytes]) -> None:
        """Give the node the file that is `pieces`, streamed, with our profile's parameters. It is not pinned yet.

        Raises `OtherCid` where the node has another name for it than `cid`, and whatever `pieces` raise.
        """
        found = self._added(pieces, PROFILE)
        if found != cid:
            logger.error("the IPFS node computed %s where we have %s", found, cid)
            raise OtherCid

    def add_blocks(self, cid: Cid, blocks: Iterable[tuple[Cid, bytes]]) -> None:
        """Give the node the very blocks of a file, streamed: for one that another program has cut, in its own way.

        The node hashes them itself, and pins the root when it has all; `pin` changes nothing after it.
        """
        archive = PieceReader(car.pack([cid], blocks))
        with _understood():
            answer = self._client.dag.imprt(archive, opts={"pin-roots": "true"})
            if answer["Root"]["PinErrorMsg"]:
                raise NodeRefused

    def computed(self, data: bytes, *, chunk_bytes: int = unixfs.CHUNK_BYTES) -> Cid:
        """The CID that the node computes for a file. It stores nothing of it."""
        return self._added([data], {**PROFILE, "chunker": f"size-{chunk_bytes}", "only-hash": "true"})

    def _added(self, pieces: Iterable[bytes], options: dict[str, str]) -> Cid:
        with _understood():
            # A generator: bytes of their own would be iterated byte by byte.
            name = self._client.add_bytes((piece for piece in pieces), opts=options)
            return cids.parse(name)

    def pin(self, cid: Cid) -> None:
        """Pin a file of which the node has every block. Doing it twice changes nothing."""
        with _understood():
            self._client.pin.add(str(cid), recursive="true")

    def unpin(self, cid: Cid) -> None:
        """Unpin a file, if it is pinned, and have its blocks removed that no other pin holds.

        Without the second a node keeps giving out what it was told to drop, until it collects garbage: Kubo does not by
        itself. A service that does not allow it is left with the first.
        """
        with _understood():
            try:
                self._client.pin.rm(str(cid), recursive="true")
            except exceptions.ErrorResponse as error:
                if "not pinned" not in str(error):
                    raise
        try:
            self._remove_blocks(cid)
        except (NodeRefused, NodeForbids):
            logger.info("the IPFS node keeps the blocks of %s until it collects garbage", cid)

    def _remove_blocks(self, cid: Cid) -> None:
        with _understood():
            listed = self._client.unstable.refs(str(cid), opts={"recursive": "true", "unique": "true", **_HERE_ONLY})
            below = [line["Ref"] for line in listed if line["Ref"]]
            names = [str(cid), *below]
            for start in range(0, len(names), _BLOCKS_AT_ONCE):
                # ipfshttpclient has no method for it. Pinned blocks stay: the node says so of each, as no error.
                batch = names[start : start + _BLOCKS_AT_ONCE]
                self._client._client.request("/block/rm", batch, opts={"force": "true"}, decoder="json")

    def is_pinned(self, cid: Cid) -> bool:
        """Whether the node pins the file with all its blocks."""
        with _understood():
            try:
                keys = self._client.pin.ls(str(cid), type="recursive").as_json().get("Keys", {})
            except exceptions.ErrorResponse as error:
                if "not pinned" in str(error):
                    return False
                raise
            return any(cids.parse(name) == cid for name in keys)

    def block(self, cid: Cid) -> bytes | None:
        """The bytes that the node has as the block `cid`, not verified; None where it has none."""
        try:
            with _understood():
                return cast(bytes, self._client.block.get(str(cid), opts=_HERE_ONLY))
        except NodeRefused:
            return None


def ipfs_node(*, timeout: float | None = None) -> IpfsNode | None:
    """The node of the settings; None where there is none. `timeout` seconds instead of `IPFS_TIMEOUT_SECONDS`."""
    if not settings.IPFS_API:
        return None
    return IpfsNode(
        address=settings.IPFS_API,
        path=settings.IPFS_API_PATH,
        authorization=settings.IPFS_AUTH,
        timeout=settings.IPFS_TIMEOUT_SECONDS if timeout is None else timeout,
    )


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what the client raises into our errors, and into log lines, which may say more than users see."""
    try:
        yield
    except exceptions.StatusError as error:
        raise _of_status(error) from error
    except (exceptions.DecodingError, AssertionError, LookupError, TypeError, MalformedCid) as error:
        # An answer that ends before it says anything: Kubo reports late errors in trailers, which nobody reads.
        logger.warning("the IPFS node answered something else than expected: %r", error)
        raise NodeRefused from error
    except (exceptions.Error, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        logger.warning("the IPFS node does not answer: %s", error)
        raise NodeAway from error


def _of_status(error: Any) -> NodeAway | NodeRefused:
    response = getattr(error.original, "response", None)
    status = 0 if response is None else response.status_code
    logger.warning("the IPFS node answered %d: %s", status, error)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NodeForbids(_NO_ENTRY)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return NodeForbids(_NO_RPC)
    # The node itself explains its errors; what stands before it does not.
    return NodeRefused() if isinstance(error, exceptions.ErrorResponse) else NodeAway()

"""The lines of `manage.py doctor` about the IPFS node."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count

from content.ipfs.errors import NodeAway, NodeRefused
from content.models import Pin, PinState
from content.storage import unixfs
from operations.findings import Finding, Verdict

_NAME = "ipfs"
# Somebody waits.
_SECONDS = 10.0
# Bytes that no file of anybody's has; nothing of them is stored.
_PROBE = b"manage.py doctor asks an IPFS node of Atelier's for the CID of this.\n" * 32_768
# More leaves than the links that nodes take by default (174), at the price of a small file.
_SMALL_CHUNK = 1024
_FOLLOW = "Use Kubo 0.35 or newer: docs/registry.md."


def examine_ipfs() -> Iterator[Finding]:
    """Whether the node is there and computes our CIDs, and what waits for it."""
    if not settings.IPFS_API:
        use = "public content is given out here alone"
        yield Finding(_NAME, Verdict.OFF, use, "Set IPFS_API to a node's RPC, such as /ip4/127.0.0.1/tcp/5001.")
        return
    yield from _node()
    yield from _pins()


def _node() -> Iterator[Finding]:
    # Here, as it takes half a second and only this needs it.
    from content.ipfs.node import ipfs_node

    node = ipfs_node(timeout=min(_SECONDS, settings.IPFS_TIMEOUT_SECONDS))
    if node is None:
        return
    try:
        version = node.version()
        same = node.computed(_PROBE) == _cid(unixfs.CHUNK_BYTES)
        wide = node.computed(_PROBE[: 200 * _SMALL_CHUNK], chunk_bytes=_SMALL_CHUNK) == _cid(_SMALL_CHUNK, 200)
    except (NodeAway, NodeRefused) as error:
        fix = f"Start the node at {settings.IPFS_API}, or correct IPFS_API and IPFS_AUTH. What is public waits for it."
        yield Finding(_NAME, Verdict.FAIL, error.message, fix)
        return
    if not same:
        yield Finding(_NAME, Verdict.FAIL, f"{version} computes other CIDs: nothing can be pinned", _FOLLOW)
    elif not wide:
        yield Finding(_NAME, Verdict.WARN, f"{version} computes other CIDs for files over 174 MiB", _FOLLOW)
    else:
        yield Finding(_NAME, Verdict.OK, f"{version}, computes the same CIDs")
    if settings.IPFS_AUTH and settings.IPFS_API.endswith("/http") and not _is_here():
        detail = "the login goes to another machine unencrypted"
        yield Finding(_NAME, Verdict.WARN, detail, "Set IPFS_API to an https:// address.")


def _cid(chunk_bytes: int, chunks: int | None = None) -> object:
    data = _PROBE if chunks is None else _PROBE[: chunks * chunk_bytes]
    return unixfs.build(data, lambda _cid, _block: None, chunk_bytes=chunk_bytes).cid


def _is_here() -> bool:
    return settings.IPFS_API.startswith(("/ip4/127.", "/ip6/::1/", "/dns/localhost/", "/dns4/localhost/"))


def _pins() -> Iterator[Finding]:
    try:
        rows = dict(Pin.objects.order_by().values_list("state").annotate(number=Count("id")))
    except DatabaseError:  # Its own line says so.
        return
    failed, waiting = rows.get(PinState.FAILED, 0), rows.get(PinState.PINNING, 0)
    detail = f"{rows.get(PinState.PINNED, 0)} files pinned, {waiting} wait, {failed} failed"
    if failed:
        fix = f"{settings.PUBLIC_URL}/admin/content/pin/?state__exact=failed says why, and pins again."
        yield Finding("pins", Verdict.WARN, detail, fix)
    else:
        yield Finding("pins", Verdict.OK, detail)

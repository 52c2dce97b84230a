"""12: the CID of a 100 MB file ÷ SHA-256 over the same bytes: hashing should be nearly all of it."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable

from benchmarks.figures import Figure, paired
from content.storage import unixfs

BYTES = 100_000_000
ROUNDS = 9
TARGET = 1.3


def run() -> list[Figure]:
    """Of bytes in memory, as results are stored; and of a file read as a stream, against hashlib's reading of it."""
    data = os.urandom(BYTES)
    in_memory = paired(
        lambda: _seconds(lambda: unixfs.build(data, lambda cid, block: None)),
        lambda: _seconds(lambda: hashlib.sha256(data)),
        rounds=ROUNDS,
    )
    with tempfile.TemporaryFile() as file:
        file.write(data)

        def build() -> None:
            file.seek(0)
            unixfs.build(file, lambda cid, block: None)

        def digest() -> None:
            file.seek(0)
            hashlib.file_digest(file, "sha256")

        streamed = paired(lambda: _seconds(build), lambda: _seconds(digest), rounds=ROUNDS)
    return [
        _figure("CID of 100 MB in memory ÷ hashlib.sha256", in_memory),
        _figure("CID of a 100 MB file ÷ hashlib.file_digest", streamed),
    ]


def _seconds(work: Callable[[], object]) -> float:
    """Of the processor: neither waits for anything, and what other programs take meanwhile is no part of either."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _figure(name: str, measured: tuple[float, float, float]) -> Figure:
    _, peer, ratio = measured
    # The ratio that counts is the one pair by pair: the machine's speed drifts.
    return Figure("12", name, ratio * peer, peer, "s", TARGET, note=f"{ROUNDS} pairs")

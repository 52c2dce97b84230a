"""What every block store does: the one in the data folder, and the one in a bucket."""

import math
import random
import threading
import time

import pytest

from content.errors import DamagedBlock, MissingBlock
from content.storage import cids, files, unixfs
from content.storage.blocks import BlockStore, DiskStore
from content.storage.cids import IDENTITY, RAW, Cid
from tests.support.object_storage import ObjectStorage
from tests.support.samples import varied_bytes
from tests.support.stored_blocks import Backdoor

DATA = varied_bytes(5000)
CID = cids.of_block(DATA, RAW)
HOUR = 3600


@pytest.fixture
def backdoor(store: BlockStore, request: pytest.FixtureRequest) -> Backdoor:
    server: ObjectStorage | None = None
    if not isinstance(store, DiskStore):
        server = request.getfixturevalue("object_storage")
    return Backdoor(store, server)


def digests(store: BlockStore, moment: float = math.inf) -> list[bytes]:
    return sorted(digest for batch in store.unrenewed_since(moment) for digest in batch)


def test_get_gives_back_what_was_put(store: BlockStore) -> None:
    empty = cids.of_block(b"", RAW)

    store.put(CID, memoryview(DATA))
    store.put(empty, b"")

    assert store.get(CID) == DATA
    assert store.get(empty) == b""


def test_put_of_the_same_block_is_one_block(store: BlockStore) -> None:
    store.put(CID, DATA)
    store.put(CID, DATA)

    assert digests(store) == [CID.digest]


def test_get_of_what_is_not_there(store: BlockStore) -> None:
    store.put(CID, DATA)

    for cid in (cids.of_block(b"other", RAW), Cid(RAW, 0x13, CID.digest)):
        with pytest.raises(MissingBlock):
            store.get(cid)


def test_get_of_a_cid_that_holds_its_data(store: BlockStore) -> None:
    assert store.get(Cid(RAW, IDENTITY, b"data")) == b"data"


def test_get_refuses_flipped_bits(store: BlockStore, backdoor: Backdoor) -> None:
    store.put(CID, DATA)

    for bit in random.Random(7).sample(range(len(DATA) * 8), 30):
        flipped = bytearray(DATA)
        flipped[bit // 8] ^= 1 << bit % 8
        backdoor.write(CID, bytes(flipped))
        with pytest.raises(DamagedBlock):
            store.get(CID)


@pytest.mark.parametrize("damage", [b"", DATA[:-1], DATA + b"x", bytes(3 * 2**20)])
def test_get_refuses_other_lengths(store: BlockStore, backdoor: Backdoor, damage: bytes) -> None:
    store.put(CID, DATA)
    backdoor.write(CID, damage)

    with pytest.raises(DamagedBlock):
        store.get(CID)


def test_put_heals(store: BlockStore, backdoor: Backdoor) -> None:
    store.put(CID, DATA)
    backdoor.write(CID, b"x" + DATA[1:])
    store.put(CID, DATA)
    assert store.get(CID) == DATA

    backdoor.lose(CID)
    with pytest.raises(MissingBlock):
        store.get(CID)
    store.put(CID, DATA)
    assert store.get(CID) == DATA


def test_unrenewed_since_names_the_older_ones(store: BlockStore) -> None:
    others = [varied_bytes(size) for size in (10, 20, 30)]
    for data in others:
        store.put(cids.of_block(data, RAW), data)

    assert digests(store, time.time() - 600) == []
    assert digests(store, time.time() + 5) == sorted(cids.of_block(data, RAW).digest for data in others)


def test_unrenewed_since_of_an_empty_store(store: BlockStore) -> None:
    assert digests(store) == []


def test_remove_leaves_what_was_stored_since(store: BlockStore) -> None:
    store.put(CID, DATA)

    assert not store.remove_if_unrenewed(CID.digest, time.time() - 600)

    assert store.get(CID) == DATA


def test_remove_of_an_old_block(store: BlockStore) -> None:
    store.put(CID, DATA)

    assert store.remove_if_unrenewed(CID.digest, time.time() + 5)
    for aside in store.aside_since(time.time() + 5):
        for digest in aside:
            store.drop(digest)

    assert digests(store) == []
    with pytest.raises(MissingBlock):
        store.get(CID)


def test_remove_of_what_is_not_there(store: BlockStore) -> None:
    assert not store.remove_if_unrenewed(CID.digest, time.time() + 5)
    store.drop(CID.digest)
    store.remove_abandoned(time.time())


def test_put_after_a_removal_stays(store: BlockStore) -> None:
    store.put(CID, DATA)
    store.remove_if_unrenewed(CID.digest, time.time() + 5)

    store.put(CID, DATA)
    store.drop(CID.digest)

    assert store.get(CID) == DATA


def test_many_puts_of_one_block_at_once(store: BlockStore) -> None:
    threads = [threading.Thread(target=store.put, args=(CID, DATA)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.get(CID) == DATA
    assert digests(store) == [CID.digest]


def test_files_are_read_whole_and_in_parts(store: BlockStore, backdoor: Backdoor) -> None:
    data = varied_bytes(3 * 2**20 + 7)
    root = unixfs.build(data, store.put).cid
    assert b"".join(files.read(store, root)) == data
    assert files.verify(store, root).intact

    first = files.read_node(store, root).links[0].cid
    backdoor.lose(first)

    assert b"".join(files.read(store, root, start=2**20 + 3, end=2**21)) == data[2**20 + 3 : 2**21]
    assert [fault.code for fault in files.verify(store, root).faults] == ["missing_content"]
    with pytest.raises(MissingBlock):
        list(files.read(store, root, end=1))

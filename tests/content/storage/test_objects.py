"""The block store in a bucket: which requests it makes, and what it does about their order."""

import time
from collections.abc import Iterator

import pytest

from content.storage import cids, files, unixfs
from content.storage.bucket import Bucket
from content.storage.cids import RAW, Cid
from content.storage.objects import ObjectStore
from tests.support.object_storage import BUCKET, ObjectStorage, Proxy, bucket
from tests.support.samples import varied_bytes

DATA = varied_bytes(5000)
CID = cids.of_block(DATA, RAW)
NAME = f"{CID.digest.hex()[:2]}/{CID.digest.hex()}"


@pytest.fixture
def proxy(object_storage: ObjectStorage) -> Iterator[Proxy]:
    with Proxy(object_storage.url) as between:
        yield between


@pytest.fixture
def objects(proxy: Proxy) -> ObjectStore:
    """A store whose requests the proxy sees."""
    return ObjectStore(bucket(proxy.url))


def test_block_is_one_object_named_by_its_digest(objects: ObjectStore, object_storage: ObjectStorage) -> None:
    objects.put(CID, DATA)

    assert object_storage.objects() == {f"atelier/blocks/{NAME}": DATA}


def test_put_and_get_are_one_request_each(objects: ObjectStore, proxy: Proxy) -> None:
    objects.put(CID, DATA)
    objects.put(CID, DATA)
    objects.get(CID)

    assert [method for method, _ in proxy.requests] == ["PUT", "PUT", "GET"]


def test_part_of_a_file_asks_for_the_blocks_that_it_needs(objects: ObjectStore, proxy: Proxy) -> None:
    data = varied_bytes(4 * 2**20)
    root = unixfs.build(data, objects.put).cid
    proxy.requests.clear()

    assert b"".join(files.read(objects, root, start=2**20, end=2**20 + 5)) == data[2**20 : 2**20 + 5]

    assert [method for method, _ in proxy.requests] == ["GET", "GET"]  # the root and one leaf


def test_put_renews(objects: ObjectStore, object_storage: ObjectStorage) -> None:
    objects.put(CID, DATA)
    before = _written_at(object_storage)
    time.sleep(1.1)  # S3 counts in seconds

    objects.put(CID, DATA)

    assert _written_at(object_storage) > before
    assert not objects.remove_if_unrenewed(CID.digest, before + 1)


def _written_at(storage: ObjectStorage) -> float:
    head = storage.client().head_object(Bucket=BUCKET, Key=f"atelier/blocks/{NAME}")
    return float(head["LastModified"].timestamp())


def test_listing_goes_on_page_after_page(object_storage: ObjectStorage) -> None:
    seen = bucket(object_storage.url)
    for number in range(5):
        seen.put(f"blocks/{number}", b"", sha256=cids.of_block(b"", RAW).digest)

    pages = [[entry.name for entry in page] for page in seen.pages("blocks/", size=2)]

    assert pages == [["blocks/0", "blocks/1"], ["blocks/2", "blocks/3"], ["blocks/4"]]


def test_what_others_keep_in_the_bucket_is_left_alone(objects: ObjectStore, object_storage: ObjectStorage) -> None:
    client = object_storage.client()
    strange = ["notes.txt", "atelier/notes.txt", "atelier/blocks/README", f"atelier/blocks/zz/{CID.digest.hex()}"]
    for key in [*strange, "atelier/blocks/12/12ab"]:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"mine")
    objects.put(CID, DATA)

    assert list(objects.unrenewed_since(time.time() + 5)) == [{CID.digest}]


class Interrupted(Bucket):
    """Another process stores the block between the two requests of its removal."""

    def copy(self, name: str, to: str) -> bool:
        done = super().copy(name, to)
        self.put(name, DATA, sha256=CID.digest)
        return done


def test_block_that_is_stored_while_it_is_set_aside_is_not_lost(object_storage: ObjectStorage) -> None:
    inside = bucket(object_storage.url)
    objects = ObjectStore(Interrupted(inside._storage))
    objects.put(CID, DATA)

    objects.remove_if_unrenewed(CID.digest, time.time() + 5)
    assert list(object_storage.objects()) == [f"atelier/aside/{NAME}"]

    assert objects.get(CID) == DATA
    # Reading put it back, so that dropping the other does no harm.
    objects.drop(CID.digest)
    assert objects.get(CID) == DATA


def test_signed_url_only_where_the_storage_vouches_for_the_bytes(
    objects: ObjectStore, object_storage: ObjectStorage
) -> None:
    def url(cid: Cid = CID) -> str | None:
        return objects.signed_url(cid, media_type="image/png", disposition="inline")

    assert url() is None
    objects.put(CID, DATA)
    assert url() is not None
    object_storage.client().put_object(Bucket=BUCKET, Key=f"atelier/blocks/{NAME}", Body=DATA[::-1])
    assert url() is None

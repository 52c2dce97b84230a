"""Abuse 2: a thousand single-bit flips in stored blocks, each refused on every way out."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from content import services
from content.errors import DamagedBlock
from content.models import Content
from content.storage import cids, files
from content.storage.blocks import block_store
from content.storage.cids import RAW, Cid
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient
from tests.support.image_requests import encoded
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

FLIPS = 1000
FLIPS_OVER_HTTP = 40


@pytest.fixture
def owner() -> User:
    return UserFactory()


@pytest.fixture
def content(owner: User) -> Content:
    """A public file of two leaves and a node, which are all the blocks there are."""
    stored = services.store(varied_bytes(2**20 + 4000))
    return services.register(owner=owner, stored=stored, kind="text", media_type="text/plain", visibility="public")


def blocks_under(root: Path) -> list[Path]:
    return sorted((root / "blocks").glob("[0-9a-f][0-9a-f]/*"))


class Flip:
    """One bit of one block, the other way round while the context lasts."""

    def __init__(self, path: Path, bit: int) -> None:
        self._path, self._place, self._mask = path, bit // 8, 1 << bit % 8

    def __enter__(self) -> None:
        self._turn()

    def __exit__(self, *_: object) -> None:
        self._turn()

    def _turn(self) -> None:
        with self._path.open("r+b") as file:
            file.seek(self._place)
            [byte] = file.read(1)
            file.seek(self._place)
            file.write(bytes([byte ^ self._mask]))


def flips(root: Path, count: int) -> list[tuple[Path, int]]:
    """As many of the small blocks as of the large one: a place in the file would nearly always be in the latter."""
    draw, paths = random.Random(2), blocks_under(root)
    chosen = [draw.choice(paths) for _ in range(count)]
    return [(path, draw.randrange(path.stat().st_size * 8)) for path in chosen]


def test_a_thousand_flips_are_refused_by_the_store(content: Content, root: Path) -> None:
    store, top = block_store(), cids.parse(content.cid)
    refused = 0
    for path, bit in flips(root, FLIPS):
        digest = bytes.fromhex(path.name)
        cid = Cid(top.codec if digest == top.digest else RAW, cids.SHA2_256, digest)
        with Flip(path, bit), pytest.raises(DamagedBlock):
            store.get(cid)
        refused += 1

    assert refused == FLIPS
    assert files.verify(store, top).intact


def test_a_flip_is_refused_on_every_way_out(content: Content, owner: User, root: Path) -> None:
    whole, client = services.read_bytes(content=content), KeyClient(owner)
    ways: list[Callable[[Client], Any]] = [
        lambda client: client.get(f"/ipfs/{content.cid}"),
        lambda client: client.get(f"/ipfs/{content.cid}?format=car"),
        lambda client: client.get(f"/view-text/{content.cid}"),
        lambda client: client.get(f"/api/v1/contents/{content.cid}/raw"),
        lambda client: client.get("/api/v1/contents/export"),
    ]
    for path, bit in flips(root, FLIPS_OVER_HTTP):
        with Flip(path, bit):
            for way in ways:
                assert not _is_given_out(way, client, whole)
            raw = client.get(f"/ipfs/{Cid(RAW, cids.SHA2_256, bytes.fromhex(path.name))}?format=raw")
            # A node has another CID than that: it is unknown.
            assert (raw.status_code, b"damaged" in raw.content) in ((500, True), (404, False))
            found = client.post(f"/api/v1/contents/{content.cid}/verify").json()
            assert [cids.parse(fault["cid"]).digest.hex() for fault in found["faults"]] == [path.name]
    for way in ways:
        assert _is_given_out(way, client, whole)


def _is_given_out(way: Callable[[Client], Any], client: Client, whole: bytes) -> bool:
    """Whether an answer came to its end. One that broke off has given nothing but what is right."""
    answer = way(client)
    if answer.status_code != 200:
        assert answer.status_code == 500
        assert b"damaged" in answer.content
        return False
    given = b""
    try:
        for piece in answer.streaming_content:
            given += piece
    except DamagedBlock:
        assert given in whole or "ipld" in answer["Content-Type"]
        return False
    return True


def test_a_flip_in_a_picture_makes_no_picture_and_no_thumbnail(owner: User, root: Path) -> None:
    row = ContentFactory(owner=owner, picture=True, data=encoded(Image.new("RGB", (4, 3), "red")))
    client = KeyClient(owner)
    [path] = blocks_under(root)
    for bit in random.Random(3).sample(range(path.stat().st_size * 8), FLIPS_OVER_HTTP):
        with Flip(path, bit):
            for address in (f"/view-image/{row.cid}", f"/content/{row.cid}/thumbnail"):
                answer = client.get(address)
                assert answer.status_code == 500, (address, bit)
                assert not answer.content.startswith((b"\x89PNG", b"RIFF"))

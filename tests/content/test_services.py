"""Storing, registering and deleting, as other apps call it."""

import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from django.db import connection
from PIL import Image

from accounts.errors import QuotaReached
from accounts.models import Quota, User
from accounts.selectors import use
from common.errors import InvalidInput
from content import services
from content.errors import DamagedBlock, MissingBlock
from content.models import Content, Visibility
from content.services import StoredFile
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return UserFactory()


def _stored_bytes(owner: User) -> int:
    return use(user=owner)["stored_bytes"]


def _register(owner: User, stored: StoredFile, visibility: str = "private") -> Content:
    return services.register(
        owner=owner, stored=stored, kind="text", media_type="text/plain", prompt="a prompt", visibility=visibility
    )


def test_store_writes_no_row() -> None:
    stored = services.store(b"hello world")

    # The CID that every IPFS node gives these bytes.
    assert stored == StoredFile("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e", 11)
    assert not Content.objects.exists()


def test_store_of_a_stream_is_that_of_its_bytes(blocks_dir: Path) -> None:
    data = varied_bytes(3 * 2**20 + 5)
    with TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        stored = services.store(file)

    assert stored == services.store(data)
    assert stored.size_bytes == len(data)
    assert len(stored.parts) == 4


def test_register_keeps_what_is_said_about_the_content(owner: User) -> None:
    stored = services.store(b"pixels")

    row = services.register(
        owner=owner,
        stored=stored,
        kind="image",
        media_type="image/png",
        prompt="a red circle",
        provenance={"seed": 7},
        visibility="public",
        width=4,
        height=3,
    )

    row.refresh_from_db()
    assert (row.owner, row.cid, row.size_bytes, row.kind) == (owner, stored.cid, 6, "image")
    assert (row.prompt, row.provenance, row.visibility, row.width, row.height) == (
        "a red circle",
        {"seed": 7},
        "public",
        4,
        3,
    )
    assert services.read_bytes(content=row) == b"pixels"


def test_register_again_is_the_same_row_and_counted_once(owner: User) -> None:
    stored = services.store(b"twice")

    first, second = _register(owner, stored), _register(owner, stored)

    assert first.pk == second.pk
    assert _stored_bytes(owner) == 5


def test_register_again_publishes_and_never_hides(owner: User) -> None:
    stored = services.store(b"shown")
    _register(owner, stored)

    assert _register(owner, stored, "public").visibility == Visibility.PUBLIC
    assert _register(owner, stored, "private").visibility == Visibility.PUBLIC
    assert Content.objects.get().visibility == Visibility.PUBLIC


def test_the_same_bytes_of_two_users_are_two_rows_over_the_same_blocks(
    owner: User, block_files: Callable[[], list[Path]]
) -> None:
    other = UserFactory()

    mine = _register(owner, services.store(b"same"))
    theirs = _register(other, services.store(b"same"), "public")

    assert mine.pk != theirs.pk
    assert mine.cid == theirs.cid
    assert Content.objects.get(pk=mine.pk).visibility == Visibility.PRIVATE
    assert len(block_files()) == 1
    assert (_stored_bytes(owner), _stored_bytes(other)) == (4, 4)


def test_delete_removes_the_row_and_gives_back_its_bytes(owner: User) -> None:
    row = _register(owner, services.store(b"short-lived"))
    again = Content.objects.get(pk=row.pk)

    services.delete(content=row)
    services.delete(content=again)

    assert not Content.objects.exists()
    assert _stored_bytes(owner) == 0


def test_delete_leaves_the_other_users_row(owner: User) -> None:
    mine = _register(owner, services.store(b"same"))
    theirs = _register(UserFactory(), services.store(b"same"))

    services.delete(content=mine)

    assert services.read_bytes(content=theirs) == b"same"


def test_read_bytes_refuses_damage(block_files: Callable[[], list[Path]]) -> None:
    data = varied_bytes(2 * 2**20 + 5)
    row = ContentFactory(data=data)
    assert services.read_bytes(content=row) == data

    for path in block_files():
        sound = path.read_bytes()
        path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        with pytest.raises(DamagedBlock):
            services.read_bytes(content=row)
        path.unlink()
        with pytest.raises(MissingBlock):
            services.read_bytes(content=row)
        path.write_bytes(sound)


@pytest.mark.django_db(transaction=True)
def test_register_twice_at_once_is_one_row(owner: User) -> None:
    stored, barrier = services.store(b"at once"), threading.Barrier(4)
    rows = []

    def register() -> None:
        try:
            barrier.wait()
            rows.append(_register(owner, stored))
        finally:
            connection.close()

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({row.pk for row in rows}) == 1
    assert len(rows) == 4
    assert _stored_bytes(owner) == 7


def _jpeg(size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


def test_store_upload_registers_a_private_png(owner: User) -> None:
    row = services.store_upload(owner=owner, data=_jpeg())

    assert (row.kind, row.media_type, row.width, row.height, row.visibility) == (
        "image",
        "image/png",
        40,
        30,
        "private",
    )
    with Image.open(BytesIO(services.read_bytes(content=row))) as image:
        assert (image.format, image.size) == ("PNG", (40, 30))
    assert _stored_bytes(owner) == row.size_bytes


def test_store_upload_of_no_picture_stores_nothing(owner: User, block_files: Callable[[], list[Path]]) -> None:
    with pytest.raises(InvalidInput):
        services.store_upload(owner=owner, data=b"no picture")

    assert block_files() == []
    assert not Content.objects.exists()


def test_store_upload_to_a_full_library_is_refused(owner: User, block_files: Callable[[], list[Path]]) -> None:
    Quota.objects.create(user=owner, stored_bytes=5)
    _register(owner, services.store(b"12345"))

    with pytest.raises(QuotaReached):
        services.store_upload(owner=owner, data=_jpeg())

    assert len(block_files()) == 1

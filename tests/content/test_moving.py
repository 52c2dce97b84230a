"""`manage.py content move`: every block to another storage, and on from where it stopped."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from content import services
from content.checking import check
from content.models import Content
from content.storage import cids
from content.storage.blocks import DiskStore
from content.storage.cids import RAW
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.object_storage import ObjectStorage, Proxy, set_up
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

LARGE = varied_bytes(2 * 2**20 + 9)  # a node and three leaves


def move(to: str) -> str:
    output = io.StringIO()
    call_command("content", "move", "--to", to, stdout=output)
    return output.getvalue()


def test_there_and_back(
    object_storage: ObjectStorage, settings: Settings, block_files: Callable[[], list[Path]]
) -> None:
    large = services.store(LARGE)
    rows: list[Content] = [
        ContentFactory(),
        services.register(owner=UserFactory(), stored=large, kind="text", media_type="text/plain"),
    ]
    expected = {row.cid: services.read_bytes(content=row) for row in rows}
    before = {path.name: path.read_bytes() for path in block_files()}
    set_up(settings, object_storage.url)

    assert move("s3") == "5 copied, 0 there already, 0 unreadable\n"
    assert {row.cid: services.read_bytes(content=row) for row in rows} == expected
    assert list(check(now=timezone.now())) == []
    assert move("s3") == "0 copied, 5 there already, 0 unreadable\n"

    for path in block_files():
        path.unlink()
    assert move("disk") == "5 copied, 0 there already, 0 unreadable\n"
    assert {path.name: path.read_bytes() for path in block_files()} == before


def test_goes_on_where_it_stopped(blocks: DiskStore, object_storage: ObjectStorage, settings: Settings) -> None:
    for size in range(1, 31):
        data = varied_bytes(size)
        blocks.put(cids.of_block(data, RAW), data)
    with Proxy(object_storage.url) as proxy:
        set_up(settings, proxy.url)
        proxy.refuse_after = 12
        with pytest.raises(CommandError, match="cannot be used right now"):
            move("s3")
        proxy.refuse, proxy.refuse_after = False, 0
        proxy.requests.clear()
        there = len(object_storage.objects())

        assert 0 < there < 30
        assert move("s3") == f"{30 - there} copied, {there} there already, 0 unreadable\n"
        assert proxy.count("PUT") == 30 - there


def test_damaged_block_stays_behind(
    s3: ObjectStorage, blocks: DiskStore, block_files: Callable[[], list[Path]]
) -> None:
    for data in (b"sound", b"rotten"):
        blocks.put(cids.of_block(data, RAW), data)
    rotten = cids.of_block(b"rotten", RAW)
    next(path for path in block_files() if path.name == rotten.digest.hex()).write_bytes(b"dust")
    output = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("content", "move", "--to", "s3", stdout=output)

    assert ended.value.code == 1
    assert output.getvalue().splitlines() == [
        f"block {rotten} cannot be read, and stays where it is",
        "1 copied, 0 there already, 1 unreadable",
    ]
    assert list(s3.objects().values()) == [b"sound"]


def test_without_a_bucket() -> None:
    with pytest.raises(CommandError, match="Set S3_BUCKET"):
        move("s3")

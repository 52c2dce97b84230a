"""What the collector removes, and what it must not."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from content import services
from content.models import Content
from content.storage import collector
from content.storage.collector import collect
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

LARGE = varied_bytes(3 * 2**20 + 1)  # a node and four leaves
BlockFiles = Callable[[], list[Path]]


def _later() -> datetime:
    return timezone.now() + timedelta(hours=2)


def test_collect_leaves_what_rows_need(block_files: BlockFiles) -> None:
    small, large = ContentFactory(), ContentFactory(data=LARGE)
    before = block_files()

    assert collect(now=_later()) == 0

    assert block_files() == before
    assert services.read_bytes(content=large) == LARGE
    assert services.read_bytes(content=small)


def test_collect_removes_what_was_deleted(block_files: BlockFiles) -> None:
    kept, gone = ContentFactory(), ContentFactory(data=LARGE)
    services.delete(content=gone)

    assert collect(now=_later()) == 5

    assert len(block_files()) == 1
    assert services.read_bytes(content=kept)


def test_collect_leaves_blocks_that_another_file_shares() -> None:
    gone = ContentFactory(data=LARGE)
    kept = ContentFactory(data=LARGE[: 2 * 2**20])  # its two leaves are those of the other
    services.delete(content=gone)

    assert collect(now=_later()) == 3

    assert services.read_bytes(content=kept) == LARGE[: 2 * 2**20]


def test_collect_leaves_the_same_bytes_of_another_user() -> None:
    gone = ContentFactory(data=LARGE)
    kept = ContentFactory(data=LARGE)
    services.delete(content=gone)

    assert collect(now=_later()) == 0
    assert services.read_bytes(content=kept) == LARGE


def test_collect_waits_for_the_grace_period(block_files: BlockFiles) -> None:
    services.store(LARGE)

    assert collect(now=timezone.now() + timedelta(seconds=3500)) == 0
    assert collect(now=timezone.now() + timedelta(seconds=3700)) == 5
    assert block_files() == []


def test_collect_counts_from_the_last_store(block_files: BlockFiles) -> None:
    services.store(LARGE)
    for path in block_files():
        os.utime(path, (1000, 1000))
    services.store(LARGE)

    assert collect(now=timezone.now()) == 0


def test_collect_leaves_what_is_stored_again_while_it_looks(
    monkeypatch: pytest.MonkeyPatch, block_files: BlockFiles
) -> None:
    services.store(LARGE)
    for path in block_files():
        os.utime(path, (1000, 1000))
    looked, owner = collector._named_among, UserFactory()

    def look_and_store(digests: set[bytes]) -> set[bytes]:
        found = looked(digests)
        if not Content.objects.exists():
            stored = services.store(LARGE)
            services.register(owner=owner, stored=stored, kind="text", media_type="text/plain")
        return found

    monkeypatch.setattr(collector, "_named_among", look_and_store)
    collect(now=timezone.now())

    assert services.read_bytes(content=Content.objects.get()) == LARGE


def test_collect_removes_nothing_while_a_needed_node_is_damaged(
    blocks_dir: Path, block_files: BlockFiles, caplog: pytest.LogCaptureFixture
) -> None:
    large = ContentFactory(data=LARGE)
    services.store(b"an orphan")
    node = min(block_files(), key=lambda path: (path.stat().st_size == len(b"an orphan"), path.stat().st_size > 1000))
    node.write_bytes(b"rotten")
    before = block_files()

    assert collect(now=_later()) == 0

    assert block_files() == before
    assert large.cid in caplog.text


def test_collect_of_an_empty_store() -> None:
    assert collect(now=timezone.now()) == 0


def test_collect_reads_no_block_of_rows_that_list_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = services.register(owner=UserFactory(), stored=services.store(LARGE), kind="text", media_type="text/plain")
    services.store(b"an orphan")

    def read(*_: object) -> bytes:
        raise AssertionError("a block was read")

    with monkeypatch.context() as patched:
        patched.setattr("content.storage.blocks.DiskStore.get", read)
        assert collect(now=_later()) == 1

    assert services.read_bytes(content=listed) == LARGE

"""The block store: whole or not at all, verified at every read."""

import errno
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from content.errors import DamagedBlock, MissingBlock, StorageFull, UnreadableBytes
from content.storage import cids
from content.storage.blocks import DiskStore
from content.storage.cids import RAW, Cid
from tests.support.samples import varied_bytes

DATA = varied_bytes(5000)
CID = cids.of_block(DATA, RAW)


def _all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


def test_get_gives_back_what_was_put(blocks: DiskStore) -> None:
    blocks.put(CID, DATA)

    assert blocks.get(CID) == DATA


def test_put_of_the_same_block_is_one_file(blocks: DiskStore, blocks_dir: Path) -> None:
    blocks.put(CID, DATA)
    blocks.put(CID, memoryview(DATA))

    assert len(_all_files(blocks_dir)) == 1


def test_files_are_for_this_user_alone(blocks: DiskStore, blocks_dir: Path) -> None:
    blocks.put(CID, DATA)

    for path in [blocks_dir, *blocks_dir.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_put_renews_the_age(blocks: DiskStore, block_files: Callable[[], list[Path]]) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    os.utime(path, (1000, 1000))

    blocks.put(CID, DATA)

    assert time.time() - path.stat().st_mtime < 60


def test_put_heals_a_damaged_block(blocks: DiskStore, block_files: Callable[[], list[Path]]) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    path.write_bytes(b"x" + DATA[1:])

    blocks.put(CID, DATA)

    assert blocks.get(CID) == DATA


def test_get_of_an_unknown_block(blocks: DiskStore) -> None:
    with pytest.raises(MissingBlock):
        blocks.get(CID)


def test_get_of_another_hash_function(blocks: DiskStore) -> None:
    blocks.put(CID, DATA)

    with pytest.raises(MissingBlock):
        blocks.get(Cid(RAW, 0x13, CID.digest))


def test_get_refuses_a_thousand_bit_flips(blocks: DiskStore, block_files: Callable[[], list[Path]]) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    refused = 0

    for bit in random.Random(7).sample(range(len(DATA) * 8), 1000):
        flipped = bytearray(DATA)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(DamagedBlock):
            blocks.get(CID)
        refused += 1

    assert refused == 1000


@pytest.mark.parametrize("damage", [b"", DATA[:-1], DATA + b"x", bytes(3 * 2**20)])
def test_get_refuses_other_lengths(blocks: DiskStore, block_files: Callable[[], list[Path]], damage: bytes) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    path.write_bytes(damage)

    with pytest.raises(DamagedBlock):
        blocks.get(CID)


def test_get_of_what_cannot_be_read(blocks: DiskStore, block_files: Callable[[], list[Path]]) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    path.unlink()
    path.mkdir()

    with pytest.raises(UnreadableBytes) as raised:
        blocks.get(CID)

    assert str(path) not in raised.value.message


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_put_on_a_full_disk_leaves_nothing(
    blocks: DiskStore, blocks_dir: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("content.storage.blocks.os.fsync", full)
    with pytest.raises(StorageFull) as raised:
        blocks.put(CID, DATA)

    assert raised.value.status == 503
    assert str(blocks_dir) not in raised.value.message
    assert _all_files(blocks_dir) == []


def test_put_beyond_what_the_system_lets_write_leaves_nothing(blocks_dir: Path) -> None:
    # The kernel itself ends this write in the middle of the block.
    program = textwrap.dedent(
        f"""
        import resource
        from pathlib import Path
        import django; django.setup()
        from content.errors import StorageFull
        from content.storage import cids
        from content.storage.blocks import DiskStore
        data = bytes(range(256)) * 4096
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        try:
            DiskStore(Path({str(blocks_dir)!r})).put(cids.of_block(data, cids.RAW), data)
        except StorageFull:
            print("full")
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "full\n"
    assert _all_files(blocks_dir) == []


def test_kill_in_the_middle_of_a_put_leaves_no_block(
    blocks: DiskStore, blocks_dir: Path, block_files: Callable[[], list[Path]]
) -> None:
    program = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        import django; django.setup()
        from content.storage import blocks, cids
        data = bytes(5000)
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        store = blocks.DiskStore(Path({str(blocks_dir)!r}))
        blocks._sync_folder = lambda _: None
        store.put(cids.of_block(data, cids.RAW), data)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == -9, done.stderr
    assert block_files() == []
    (draft,) = _all_files(blocks_dir)
    os.utime(draft, (1000, 1000))
    blocks.remove_abandoned(time.time())
    assert _all_files(blocks_dir) == []


def test_remove_abandoned_leaves_a_write_that_goes_on(blocks: DiskStore, blocks_dir: Path) -> None:
    (blocks_dir / "tmp").mkdir(parents=True)
    (blocks_dir / "tmp" / "draft").write_bytes(b"half")

    blocks.remove_abandoned(time.time())

    assert (blocks_dir / "tmp" / "draft").exists()


def test_many_puts_of_one_block_at_once(blocks: DiskStore, blocks_dir: Path) -> None:
    threads = [threading.Thread(target=blocks.put, args=(CID, DATA)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert blocks.get(CID) == DATA
    assert len(_all_files(blocks_dir)) == 1


def test_a_put_while_the_block_is_being_removed_is_not_lost(
    blocks: DiskStore, block_files: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks.put(CID, DATA)
    (path,) = block_files()
    os.utime(path, (1000, 1000))
    removing, unlink = threading.Event(), Path.unlink

    def slow_unlink(self: Path, missing_ok: bool = False) -> None:
        removing.set()
        time.sleep(0.5)  # the put comes between the look at the age and the removal
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", slow_unlink)
    thread = threading.Thread(target=blocks.remove_if_unrenewed, args=(CID.digest, time.time() - 500))
    thread.start()
    assert removing.wait(10)
    blocks.put(CID, DATA)
    thread.join()

    assert blocks.get(CID) == DATA

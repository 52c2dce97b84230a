"""Files of personal models come, stay as long as a row names them, and go."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from common.errors import InvalidInput
from content.errors import StorageFull
from generation.personal import files
from tests.factories.generation import PersonalModelFactory

pytestmark = pytest.mark.django_db


def keep(data: bytes) -> str:
    with files.receive([data]) as draft, files.kept():
        files.keep_lora(draft)
    return draft.sha256


def age(path: Path, seconds: float = 7200) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_draft_is_gone_unless_it_was_kept(folder: Path) -> None:
    with files.receive([b"12", b"34"]) as draft:
        assert draft.path.read_bytes() == b"1234"
        assert draft.size_bytes == 4

    assert not draft.path.exists()
    digest = keep(b"1234")
    assert digest == draft.sha256
    assert files.lora_path(digest).read_bytes() == b"1234"


def test_beyond_the_limit(folder: Path, settings: Any) -> None:
    settings.LORA_BYTES = 5

    with pytest.raises(InvalidInput, match="at most 5 bytes"), files.receive([b"123", b"456"]):
        pass

    assert not list(folder.glob("tmp/*"))


def test_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull), files.receive([b"123"]):
        pass

    assert not list(folder.glob("tmp/*"))


def test_a_file_goes_with_its_last_row(folder: Path) -> None:
    digest = keep(b"shared by two")
    first, second = (PersonalModelFactory(digest=digest) for _ in range(2))

    first.delete()
    files.remove_unused(first)
    assert files.lora_path(digest).exists()

    second.delete()
    files.remove_unused(second)
    assert not files.lora_path(digest).exists()


def test_an_operators_folder_is_never_removed(folder: Path, settings: Any, tmp_path: Path) -> None:
    settings.WEIGHTS_DIR = tmp_path / "weights"
    (tmp_path / "weights" / "own").mkdir(parents=True)
    model = PersonalModelFactory(pipeline=True)

    model.delete()
    files.remove_unused(model)
    files.sweep(time.time() + 10**6)

    assert (tmp_path / "weights" / "own").is_dir()


def test_sweep_takes_what_nobody_names(folder: Path) -> None:
    wanted, unwanted, young = (keep(data) for data in (b"wanted", b"unwanted", b"young"))
    PersonalModelFactory(digest=wanted)
    draft = PersonalModelFactory(draft=True)
    stale = folder / "tmp" / "stale"
    stale.write_bytes(b"")
    for name in (str(draft.pk), "0" * 8):
        (folder / "drafts" / name).mkdir(parents=True)
        age(folder / "drafts" / name)
    for digest in (wanted, unwanted):
        age(files.lora_path(digest))
    age(stale)
    lost = folder / "pipelines" / "a--b" / ("c" * 40)
    lost.mkdir(parents=True)
    kept = PersonalModelFactory(pipeline=True, source="x/y", revision="d" * 40)
    files.pipeline_folder(kept).mkdir(parents=True)

    files.sweep(time.time())

    assert {path.stem for path in folder.glob("loras/*/*")} == {wanted, young}
    assert [path.name for path in folder.glob("drafts/*")] == [str(draft.pk)]
    assert not stale.exists()
    assert not lost.exists()
    assert files.pipeline_folder(kept).is_dir()


def test_sweep_goes_on_where_a_file_went_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unwanted = keep(b"unwanted")
    age(files.lora_path(unwanted))
    (folder / "tmp" / "moved").write_bytes(b"")
    listed = Path.glob

    def listed_and_moved(self: Path, pattern: str) -> list[Path]:
        found = list(listed(self, pattern))
        (folder / "tmp" / "moved").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "glob", listed_and_moved)

    assert files.sweep(time.time()) == 1
    assert not files.lora_path(unwanted).exists()


def test_only_one_process_fetches_and_a_killed_one_lets_go(folder: Path) -> None:
    folder.mkdir()
    program = (
        "import fcntl, os, sys\n"
        f"d = os.open({str(folder / 'fetching.lock')!r}, os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(d, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    with files.only_fetcher() as alone:
        assert not alone

    other.kill()
    other.communicate()

    with files.only_fetcher() as alone:
        assert alone

import os
import shutil
from pathlib import Path

import pytest

from generation.engines.revisions import content_revision


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "unet").mkdir(parents=True)
    (made / "model_index.json").write_text("{}")
    (made / "unet" / "weights.safetensors").write_bytes(b"weights")
    return made


def test_revision_is_64_hexadecimal_digits_and_stays(folder: Path) -> None:
    revision = content_revision(folder)
    assert len(bytes.fromhex(revision)) == 32
    assert content_revision(folder) == revision


def test_revision_does_not_depend_on_where_the_folder_lies(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "copy")
    assert content_revision(copy) == content_revision(folder)


@pytest.mark.parametrize("name", ["model_index.json", "unet/weights.safetensors", "unet/new.json"])
def test_revision_changes_with_any_file_of_the_model(folder: Path, name: str) -> None:
    before = content_revision(folder)
    (folder / name).write_bytes(b"changed")
    assert content_revision(folder) != before


def test_revision_changes_when_a_file_moves(folder: Path) -> None:
    before = content_revision(folder)
    (folder / "unet").rename(folder / "vae")
    assert content_revision(folder) != before


@pytest.mark.parametrize("name", ["README.md", "samples.png", ".cache/x.json"])
def test_revision_does_not_change_with_what_is_no_model(folder: Path, name: str) -> None:
    before = content_revision(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("words")
    assert content_revision(folder) == before


def test_revision_sees_a_rewrite_of_the_same_length(folder: Path) -> None:
    weights = folder / "unet" / "weights.safetensors"
    before = content_revision(folder)
    weights.write_bytes(b"WEIGHTS")
    os.utime(weights, ns=(1, 1))
    assert content_revision(folder) != before


def test_revision_reads_a_file_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = content_revision(folder)
    monkeypatch.setattr(Path, "open", lambda *arguments: pytest.fail("it was read again"))
    assert content_revision(folder) == revision


def test_revision_of_an_empty_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_revision(tmp_path)

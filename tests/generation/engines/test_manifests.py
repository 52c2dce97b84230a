import json
from pathlib import Path

import pytest

from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError
from generation.engines.manifests import (
    DamagedManifest,
    Manifest,
    describe_folder,
    find_damage,
    read_manifest,
    write_manifest,
)
from generation.engines.revisions import content_revision
from generation.engines.weights_files import checked_folder, verified_revision

COMMIT = "c" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "unet").mkdir(parents=True)
    (made / "config.json").write_text("{}")
    (made / "unet" / "model.safetensors").write_bytes(b"weights")
    return made


def _weights(folder: Path, revision: str = "") -> Weights:
    return Weights("tiny", str(folder), revision, "test", 64, restore="Bring it back.")


def _check(folder: Path, revision: str = "") -> str:
    """What an engine does before it lets a library read the folder; returns the revision that results name."""
    checked_folder(_weights(folder, revision), ("unet",), index="config.json")
    return verified_revision(_weights(folder, revision))


# ---- The file -------------------------------------------------------------------------------------------------------


def test_manifest_is_read_as_it_was_written(folder: Path) -> None:
    manifest = describe_folder(folder)
    write_manifest(folder, manifest)

    assert read_manifest(folder) == manifest
    assert manifest.revision == content_revision(folder)
    assert set(manifest.files) == {"config.json", "unet/model.safetensors"}
    assert [path.name for path in folder.iterdir() if path.is_file()].count("manifest.json") == 1


def test_folder_without_a_manifest_has_none(folder: Path) -> None:
    assert read_manifest(folder) is None


def _listing(name: str, record: object) -> str:
    return json.dumps({"source": "x", "revision": "y", "files": {name: record}})


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "{}"),
        _listing("a", 1),
        _listing("../a", {"bytes": 1, "sha256": "0"}),
        _listing("/a", {"bytes": 1, "sha256": "0"}),
    ],
    ids=["empty", "cut", "a list", "nothing", "no record", "a file above", "a file elsewhere"],
)
def test_manifest_that_cannot_be_read_raises(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)

    with pytest.raises(DamagedManifest):
        read_manifest(folder)
    with pytest.raises(EngineLoadError, match=r"manifest\.json of tiny is damaged\. Bring it back\."):
        _check(folder)


# ---- Damage ---------------------------------------------------------------------------------------------------------


def test_whole_folder_has_no_damage(folder: Path) -> None:
    assert find_damage(folder, describe_folder(folder), read=True) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "is missing"),
        (b"wei", "has 3 of 7 bytes"),
        (b"", "has 0 of 7 bytes"),
        (b"weights and more", "is too long"),
        (b"WEIGHTS", "is damaged"),
    ],
    ids=["missing", "truncated", "empty", "longer", "changed"],
)
def test_damaged_file_is_named_with_the_remedy(folder: Path, content: bytes | None, problem: str) -> None:
    write_manifest(folder, describe_folder(folder))
    path = folder / "unet" / "model.safetensors"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)

    with pytest.raises(EngineLoadError, match=rf"unet/model\.safetensors of tiny {problem}.*Bring it back\."):
        _check(folder)


def test_interrupted_download_is_not_complete(folder: Path) -> None:
    weights = folder / "unet" / "model.safetensors"
    weights.rename(weights.with_name("model.safetensors.0123.partial"))

    with pytest.raises(EngineLoadError, match=r"weights of tiny are not complete\. Bring it back\."):
        _check(folder)


def test_sizes_alone_do_not_show_a_change(folder: Path) -> None:
    manifest = describe_folder(folder)
    (folder / "unet" / "model.safetensors").write_bytes(b"WEIGHTS")

    assert find_damage(folder, manifest, read=False) == []
    assert [damage.path for damage in find_damage(folder, manifest, read=True)] == ["unet/model.safetensors"]


# ---- The revision that results name ---------------------------------------------------------------------------------


def test_shipped_model_is_named_by_its_content(folder: Path) -> None:
    write_manifest(folder, describe_folder(folder))

    assert _check(folder) == _check(folder, content_revision(folder)) == content_revision(folder)


def test_file_beside_a_shipped_model_makes_it_another_one(folder: Path) -> None:
    write_manifest(folder, describe_folder(folder))
    revision = content_revision(folder)
    (folder / "generation_config.json").write_text("{}")

    with pytest.raises(EngineLoadError, match=r"changed since Atelier was started"):
        _check(folder, revision)


def test_downloaded_model_is_named_by_its_commit(folder: Path) -> None:
    write_manifest(folder, Manifest("maker/tiny", COMMIT, describe_folder(folder).files))

    assert _check(folder) == _check(folder, COMMIT) == COMMIT
    with pytest.raises(EngineLoadError, match=r"changed since Atelier was started"):
        _check(folder, "d" * 40)


def test_manifest_names_its_source_for_people(folder: Path) -> None:
    write_manifest(folder, describe_folder(folder))

    assert json.loads((folder / "manifest.json").read_text())["source"] == "this repository"

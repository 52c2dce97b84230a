"""The manifests of the demo models that ship are those of their files."""

from pathlib import Path

import pytest

from demo_models.build import MODELS, SHIPPED, describe
from generation.engines.manifests import describe_folder, read_manifest
from generation.engines.revisions import content_revision

PRESENT = [name for name in MODELS if any((SHIPPED / name).rglob("*.safetensors"))]


@pytest.mark.parametrize("name", PRESENT)
def test_manifest_is_that_of_the_files(name: str) -> None:
    assert read_manifest(SHIPPED / name) == describe_folder(SHIPPED / name), (
        f"run: python -m demo_models.build --describe {name}"
    )


def test_describing_a_folder_changes_no_revision(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "weights.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_text("words")
    before = content_revision(tmp_path)

    describe(tmp_path)
    describe(tmp_path)

    manifest = read_manifest(tmp_path)
    assert manifest is not None
    assert (manifest.revision, set(manifest.files)) == (before, {"unet/weights.safetensors"})
    assert content_revision(tmp_path) == before

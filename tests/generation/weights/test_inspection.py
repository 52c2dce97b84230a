"""Present, missing or damaged: what is said of a model's folder, and how to get it back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generation.engines.manifests import describe_folder, write_manifest
from generation.weights.catalogue import Model
from generation.weights.download import download
from generation.weights.inspection import State, inspect


@pytest.fixture
def shipped(settings: Any, tmp_path: Path, describe: Callable[..., Model]) -> Model:
    """A model in a repository of its own."""
    settings.BASE_DIR, settings.MODELS_DIR = tmp_path, tmp_path / "models"
    folder = tmp_path / "models" / "demo" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    write_manifest(folder, describe_folder(folder))
    return describe(source=str(folder))


def test_shipped_model_is_present(shipped: Model) -> None:
    found = inspect(shipped)

    assert (found.state, found.problem) == (State.PRESENT, "")
    assert found.revision == describe_folder(shipped.folder).revision
    assert found.stored_bytes > len(b"weights{}")


def test_damage_of_a_shipped_model_is_seen_without_being_asked_to_read(shipped: Model) -> None:
    (shipped.folder / "model.safetensors").write_bytes(b"WEIGHTS")

    found = inspect(shipped)

    assert found.state is State.DAMAGED
    assert found.problem.startswith("The file model.safetensors of tiny is damaged")
    assert "`git checkout -- models/demo/tiny`" in shipped.restore


def test_all_damage_is_counted(shipped: Model) -> None:
    (shipped.folder / "model.safetensors").unlink()
    (shipped.folder / "config.json").unlink()

    assert inspect(shipped).problem.endswith("(1 more files are not as they should be.)")


def test_foreign_file_in_a_shipped_folder_is_damage(shipped: Model) -> None:
    (shipped.folder / "other.json").write_text("{}")

    assert inspect(shipped).state is State.DAMAGED


def test_damaged_manifest_is_damage(shipped: Model) -> None:
    (shipped.folder / "manifest.json").write_text("{")

    found = inspect(shipped)

    assert (found.state, found.problem) == (State.DAMAGED, "The file manifest.json of tiny is damaged.")


def test_download_that_was_truncated_is_seen_without_reading(tiny: Model) -> None:
    download(tiny, say=lambda line: None)
    weights = tiny.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])

    found = inspect(tiny)

    assert found.state is State.DAMAGED
    assert "model.safetensors of tiny has 1000 of 1048576 bytes" in found.problem
    assert tiny.restore == "Run `manage.py models download tiny`."


def test_download_with_a_changed_byte_is_seen_by_reading(tiny: Model) -> None:
    download(tiny, say=lambda line: None)
    weights = tiny.folder / "model.safetensors"
    weights.write_bytes(b"x" + weights.read_bytes()[1:])

    assert inspect(tiny).state is State.PRESENT
    assert inspect(tiny, read=True).state is State.DAMAGED


def test_model_without_a_folder_is_missing(tiny: Model) -> None:
    found = inspect(tiny)

    assert (found.state, found.problem, found.stored_bytes) == (State.MISSING, "tiny is not on this machine.", 0)


@pytest.mark.django_db
def test_folder_of_the_operator_is_compared_with_what_was_registered(
    describe: Callable[..., Model], tmp_path: Path
) -> None:
    from generation.checkpoints import synchronise

    model = describe(source=str(tmp_path))
    assert inspect(model).problem == "The folder of tiny holds no model."
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    synchronise()
    assert inspect(model).state is State.PRESENT

    (tmp_path / "model.safetensors").write_bytes(b"other weights")

    assert inspect(model).state is State.DAMAGED
    assert "`manage.py prepare`" in inspect(model).problem

"""Rows follow the profile; a damaged file never becomes the right one."""

import os
from pathlib import Path
from typing import Any

import pytest

from content.models import Content
from generation.checkpoints import (
    engine_entry,
    find_checkpoint,
    made_by_demo_model,
    model_of_engine,
    synchronise,
    weights_of,
)
from generation.engines.errors import EngineLoadError
from generation.engines.manifests import describe_folder, write_manifest
from generation.errors import ModelNotFound
from generation.models import Checkpoint
from tests.factories.content import ContentFactory

pytestmark = pytest.mark.django_db


def entry(slug: str, source: str, **more: Any) -> dict[str, Any]:
    checkpoint = {"slug": slug, "family": "test", "source": source, "native_size": 64, **more}
    return {"BACKEND": "some.Engine", "QUEUE": "cpu", "CHECKPOINT": checkpoint}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    (made / "model.safetensors").write_bytes(b"weights")
    write_manifest(made, describe_folder(made))
    return made


def test_models_whose_folders_are_there_get_rows(settings: Any, folder: Path) -> None:
    settings.ENGINES = {"text": entry("here", str(folder)), "tags": entry("gone", str(folder / "gone"))}

    synchronise()

    row = Checkpoint.objects.get(default_for="text")
    assert (row.slug, row.capability, row.revision) == ("here", "text", describe_folder(folder).revision)
    assert not Checkpoint.objects.filter(slug="gone").exists()


def test_models_to_download_get_rows_that_say_how(settings: Any, tmp_path: Path) -> None:
    settings.WEIGHTS_DIR = tmp_path
    settings.ENGINES = {"text": entry("far", "maker/far", revision="c" * 40, native_size=0)}

    synchronise()

    weights = weights_of(Checkpoint.objects.get(slug="far"))
    assert weights.source == str(tmp_path / "maker" / "far")
    assert (weights.revision, weights.native_size) == ("c" * 40, 0)
    assert weights.restore == "Run `manage.py models download far`."


def test_another_profile_takes_the_default_over(settings: Any, folder: Path) -> None:
    settings.ENGINES = {"text": entry("small", str(folder))}
    synchronise()
    settings.ENGINES = {"text": entry("large", "maker/large")}
    synchronise()

    assert Checkpoint.objects.get(default_for="text").slug == "large"
    assert Checkpoint.objects.get(slug="small").default_for is None


def test_damage_does_not_become_the_revision(settings: Any, folder: Path) -> None:
    settings.ENGINES = {"text": entry("tiny", str(folder))}
    synchronise()
    right = Checkpoint.objects.get(slug="tiny").revision
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")
    os.utime(folder / "model.safetensors", ns=(1, 1))

    synchronise()
    assert Checkpoint.objects.get(slug="tiny").revision == right

    (folder / "manifest.json").write_text("{")
    synchronise()
    assert Checkpoint.objects.get(slug="tiny").revision == right


def test_row_outlives_its_folder(settings: Any, folder: Path) -> None:
    settings.ENGINES = {"text": entry("tiny", str(folder))}
    synchronise()
    folder.rename(folder.with_name("moved"))

    synchronise()

    assert Checkpoint.objects.get(default_for="text").slug == "tiny"


class TestSeveralEngines:
    @pytest.fixture(autouse=True)
    def _engines(self, settings: Any, folder: Path) -> None:
        remote = {**entry("far", "maker.far-v1:0"), "QUEUE": "remote", "CAPABILITY": "text"}
        settings.ENGINES = {"text": entry("here", str(folder)), "far": remote}
        settings.DEFAULT_ENGINES = {"text": "text"}
        synchronise()

    def test_rows_name_their_engines(self) -> None:
        rows = {row.slug: (row.engine, row.capability, row.default_for) for row in Checkpoint.objects.all()}

        assert rows["here"] == ("text", "text", "text")
        assert rows["far"] == ("far", "text", None)
        assert engine_entry(Checkpoint.objects.get(slug="far")).queue == "remote"

    def test_source_of_a_provider_is_no_folder(self) -> None:
        assert weights_of(Checkpoint.objects.get(slug="far")).source == "maker.far-v1:0"
        assert model_of_engine("far") == "far"
        assert model_of_engine("bedrock") is None

    def test_operator_chooses_the_default_and_takes_it_back(self, settings: Any) -> None:
        for chosen, slug in (("far", "far"), ("text", "here")):
            settings.DEFAULT_ENGINES = {"text": chosen}
            synchronise()
            assert find_checkpoint(capability="text", slug=None).slug == slug
            assert find_checkpoint(capability="text", slug="default").slug == slug
            assert Checkpoint.objects.filter(default_for="text").count() == 1

    def test_model_whose_engine_is_gone_is_unknown(self, settings: Any) -> None:
        settings.ENGINES = {"text": settings.ENGINES["text"]}

        assert find_checkpoint(capability="text", slug="here").slug == "here"
        with pytest.raises(ModelNotFound):
            find_checkpoint(capability="text", slug="far")

    def test_capability_without_an_engine(self) -> None:
        with pytest.raises(EngineLoadError, match="No engine for 'image' is configured"):
            find_checkpoint(capability="image", slug=None)


def test_content_of_a_demo_model_is_known(settings: Any) -> None:
    def made_by(slug: str) -> Content:
        content: Content = ContentFactory(provenance={"model": slug} if slug else {})
        return content

    assert made_by_demo_model(made_by("demo-stable-diffusion"))
    assert not made_by_demo_model(made_by("something-else"))
    assert not made_by_demo_model(made_by(""))

"""Each model of the `full` profile: downloaded from a repository of its layout, loaded and run without the network."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.profiles import full_profile
from generation.checkpoints import synchronise, weights_of
from generation.engines.base import ImageRequest, LabelsRequest, MusicRequest, SegmentsRequest, TagsRequest, TextRequest
from generation.engines.registry import create_engine, read_entries
from generation.models import Checkpoint
from generation.weights.catalogue import Model, find_models
from generation.weights.download import download
from tests.support.full_repositories import serve_clip, serve_musicgen, serve_sam, serve_stable_diffusion, serve_t5
from tests.support.hub import Hub
from tests.support.image_requests import encoded, ignore

pytestmark = pytest.mark.django_db

PICTURE = encoded(Image.new("RGB", (64, 48), "red"))
CASES: list[tuple[str, Callable[[Hub, Path], dict[str, str] | None], Any]] = [
    ("image", serve_stable_diffusion, ImageRequest("a boat", 1, 64, 64, 2, 7.5)),
    ("music", serve_musicgen, MusicRequest("drums", 1, 1.0)),
    ("tags", serve_t5, TagsRequest("a boat on the sea")),
    ("text", serve_t5, TextRequest("the sea", 1, max_tokens=4)),
    ("labels", serve_clip, LabelsRequest(PICTURE, ("a cat", "the sea"))),
    ("segments", serve_sam, SegmentsRequest(PICTURE, max_segments=3)),
]


@pytest.fixture
def fetched(request: pytest.FixtureRequest, hub: Hub, settings: Any, tmp_path: Path) -> Model:
    """The downloaded model of the case's capability."""
    capability, serve, _ = request.param
    entry = full_profile()[capability]
    entry["CHECKPOINT"].update(serve(hub, tmp_path / "drafts") or {})
    settings.ENGINES = {capability: entry}
    [model] = find_models([])
    download(model, say=lambda line: None)
    if capability == "segments":
        for name in ("config.json", "atelier.json"):
            shutil.copy(tmp_path / "drafts" / "sam" / name, model.folder)
    return model


@pytest.mark.parametrize("fetched", CASES, indirect=True, ids=[case[0] for case in CASES])
def test_model_of_the_full_profile_is_fetched_loaded_and_run(
    request: pytest.FixtureRequest, fetched: Model, hub: Hub, settings: Any
) -> None:
    asked = next(case[2] for case in CASES if case[0] == fetched.capability)
    synchronise()
    hub.requests.clear()
    weights = weights_of(Checkpoint.objects.get(slug=fetched.slug))

    engine = create_engine(
        read_entries(settings.ENGINES), fetched.capability, weights, device="cpu", dtype="float32", max_batch=1
    )
    engine.load()
    [result] = engine.run([asked], ignore)

    assert result.metadata["model"] == fetched.slug
    assert result.metadata["revision"] == fetched.revision
    assert hub.requests == []


@pytest.mark.parametrize("fetched", CASES, indirect=True, ids=[case[0] for case in CASES])
def test_only_what_is_needed_of_a_repository_is_fetched(fetched: Model, hub: Hub) -> None:
    held = {path.suffix for path in fetched.folder.rglob("*") if path.is_file()}
    if fetched.capability == "segments":
        assert held == {".pth", ".json"}
        return

    assert held <= {".safetensors", ".json", ".txt", ".model"}
    for name in hub.repositories[fetched.source].files:
        if "fp16" in name or "non_ema" in name or "safety" in name or "pruned" in name:
            assert not (fetched.folder / name).exists()
    # In open_clip's repository that name is half a model.
    assert (fetched.folder / "model.safetensors").exists() == (fetched.capability in ("music", "tags", "text"))

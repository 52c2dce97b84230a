"""Which models the profiles name, and where they lie."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from config.profiles import Profile, demo_profile, full_profile
from generation.engines.registry import WrongEngineSetting, read_entries
from generation.models import Capability
from generation.weights.catalogue import (
    DEMO_FAMILY,
    Origin,
    find_models,
    folder_of,
    models,
    origin_of,
    readable_size,
    restore_sentence,
)
from generation.weights.errors import UnknownModel


def profile(name: str, settings: Any) -> Profile:
    return full_profile() if name == "full" else demo_profile(settings.MODELS_DIR / "demo")


@pytest.mark.parametrize("name", ["demo", "full"])
def test_profile_has_one_model_for_each_capability(settings: Any, name: str) -> None:
    settings.ENGINES = profile(name, settings)

    assert [model.capability for model in models()] == [str(capability) for capability in Capability]
    assert len({model.slug for model in models()}) == len(Capability)
    for model in models():
        assert model.licence
        assert model.native_size is not None
        assert (model.family == DEMO_FAMILY) == (model.origin is Origin.SHIPPED) == (name == "demo")


def test_both_profiles_use_the_same_adapters(settings: Any) -> None:
    demo, full = read_entries(profile("demo", settings)), read_entries(profile("full", settings))

    assert {name: entry.backend for name, entry in demo.items()} == {name: e.backend for name, e in full.items()}


def test_full_models_are_pinned_and_say_their_size(settings: Any) -> None:
    settings.ENGINES = full_profile()

    for model in models():
        digits = 64 if model.origin is Origin.WEB else 40
        assert re.fullmatch(rf"[0-9a-f]{{{digits}}}", model.revision), model.slug
        assert model.download_bytes > 10**8
        # Only the one official file may be a pickle.
        assert model.origin is Origin.HUB or model.source.endswith("/sam_vit_l_0b3195.pth")
        assert not any(pattern.endswith((".bin", ".pt", ".pth", ".ckpt")) for pattern in model.files)


def test_sources_lie_where_an_operator_finds_them(settings: Any, tmp_path: Path) -> None:
    settings.WEIGHTS_DIR = tmp_path

    assert folder_of("google/flan-t5-base") == tmp_path / "google" / "flan-t5-base"
    assert folder_of("https://example.org/files/sam_vit_l.pth") == tmp_path / "sam_vit_l"
    assert folder_of("/somewhere/else") == Path("/somewhere/else")


def test_origin_decides_how_files_come_back(settings: Any) -> None:
    demo = str(settings.MODELS_DIR / "demo" / "labels")
    assert origin_of(demo) is Origin.SHIPPED
    assert restore_sentence(demo, "x").startswith("Restore it with `git checkout -- models/demo/labels`")
    assert origin_of("/my/own") is Origin.FOLDER
    assert "/my/own" not in restore_sentence("/my/own", "x")
    assert origin_of("a/b") is Origin.HUB
    assert restore_sentence("https://x.org/y.pth", "x") == "Run `manage.py models download x`."


def test_find_models_by_slug_and_all_of_them(settings: Any) -> None:
    settings.ENGINES = full_profile()

    assert [model.slug for model in find_models(["sam-vit-l", "musicgen-small", "sam-vit-l"])] == [
        "sam-vit-l",
        "musicgen-small",
    ]
    assert find_models([]) == models()
    with pytest.raises(UnknownModel, match=r"no model 'sam'; it has stable-diffusion-v1-5, .* MODEL_PROFILE chooses"):
        find_models(["sam"])


def test_checkpoint_with_an_unknown_key_is_named(settings: Any) -> None:
    checkpoint = {"slug": "x", "family": "y", "source": "a/b", "licens": "MIT"}
    settings.ENGINES = {"text": {"BACKEND": "a.B", "QUEUE": "cpu", "CHECKPOINT": checkpoint}}

    with pytest.raises(WrongEngineSetting, match=r"ENGINES\['text'\]\['CHECKPOINT'\] cannot be used: .*licens"):
        models()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (12_345, "12 kB"),
        (1_048_576, "1.0 MB"),
        (993_000_000, "993 MB"),
        (4_270_000_000, "4.3 GB"),
    ],
)
def test_sizes_are_readable(count: int, text: str) -> None:
    assert readable_size(count) == text


@pytest.mark.parametrize("name", ["demo", "full"])
def test_adapters_of_the_profile_exist(settings: Any, name: str) -> None:
    for entry in read_entries(profile(name, settings)).values():
        assert find_spec(entry.backend.rpartition(".")[0]), entry.backend

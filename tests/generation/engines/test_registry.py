import subprocess
import sys
from typing import Any

import pytest

from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError
from generation.engines.registry import WrongEngineSetting, create_engine, engine_key, find_entry, read_entries

BACKEND = "generation.engines.stable_diffusion.StableDiffusionEngine"
WEIGHTS = Weights("tiny", "some/model", "abc", "sd15", 512)
PLACE: dict[str, Any] = {"device": "cpu", "dtype": "float32", "max_batch": 1}


def test_read_entries_gives_what_the_settings_say() -> None:
    entries = read_entries(
        {"image": {"BACKEND": BACKEND, "QUEUE": "gpu", "OPTIONS": {"a": 1}, "CHECKPOINT": {"slug": "x"}}}
    )
    entry = find_entry(entries, "image")
    assert (entry.name, entry.backend, entry.queue) == ("image", BACKEND, "gpu")
    assert (entry.options, entry.checkpoint) == ({"a": 1}, {"slug": "x"})


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"QUEUE": "cpu"}, r"ENGINES\['image'\] has no BACKEND"),
        ({"BACKEND": BACKEND}, r"ENGINES\['image'\] has no QUEUE"),
        ({"BACKEND": BACKEND, "QUEUE": "cpu", "OPTION": {}}, "unknown keys: OPTION"),
    ],
)
def test_read_entries_refuses_an_entry_that_is_wrong(entry: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongEngineSetting, match=sentence):
        read_entries({"image": entry})


def test_several_entries_may_serve_one_capability() -> None:
    here = {"BACKEND": BACKEND, "QUEUE": "cpu"}
    entries = read_entries({"image": here, "bedrock": {**here, "QUEUE": "remote", "CAPABILITY": "image"}})

    assert {name: (entry.capability, entry.is_remote) for name, entry in entries.items()} == {
        "image": ("image", False),
        "bedrock": ("image", True),
    }


def test_find_entry_of_an_unknown_capability_names_those_there_are() -> None:
    entries = read_entries({"image": {"BACKEND": BACKEND, "QUEUE": "cpu"}})
    with pytest.raises(EngineLoadError, match=r"No engine for 'smell' is configured \(there are: image\)"):
        find_entry(entries, "smell")


@pytest.mark.parametrize("path", ["no.such.module.Engine", "generation.engines.stable_diffusion.Nothing", "Engine", ""])
def test_create_engine_with_a_wrong_dotted_path_says_what_to_write(path: str) -> None:
    entries = read_entries({"image": {"BACKEND": path or " ", "QUEUE": "cpu"}})
    with pytest.raises(WrongEngineSetting, match=r"cannot be imported .* Write a dotted path to a class"):
        create_engine(entries, "image", WEIGHTS, **PLACE)


def test_create_engine_with_unknown_options_names_the_entry() -> None:
    entries = read_entries({"image": {"BACKEND": BACKEND, "QUEUE": "cpu", "OPTIONS": {"speed": 11}}})
    with pytest.raises(WrongEngineSetting, match=r"ENGINES\['image'\]\['OPTIONS'\] does not fit .*speed"):
        create_engine(entries, "image", WEIGHTS, **PLACE)


def test_create_engine_makes_an_engine_that_is_not_loaded() -> None:
    entries = read_entries({"image": {"BACKEND": BACKEND, "QUEUE": "cpu"}})
    engine = create_engine(entries, "image", WEIGHTS, device="cpu", dtype="bfloat16", max_batch=2)
    assert (engine.spec.dtype, engine.spec.max_batch, engine.spec.native_size) == ("bfloat16", 2, 512)


@pytest.mark.parametrize("change", [{"device": "cuda"}, {"dtype": "float16"}, {"max_batch": 2}])
def test_engine_key_changes_with_what_changes_the_engine(change: dict[str, Any]) -> None:
    entries = read_entries({"image": {"BACKEND": BACKEND, "QUEUE": "cpu"}})
    same = engine_key(entries, "image", WEIGHTS, **PLACE)
    assert same == engine_key(entries, "image", Weights("other-name", "some/model", "abc", "x", 512), **PLACE)
    assert same != engine_key(entries, "image", WEIGHTS, **(PLACE | change))
    assert same != engine_key(entries, "image", Weights("tiny", "some/model", "def", "sd15", 512), **PLACE)


def test_reading_entries_and_revisions_imports_neither_torch_nor_django() -> None:
    program = """
import sys
from pathlib import Path
from generation.engines.registry import find_entry, engine_key, read_entries
from generation.engines.revisions import content_revision
from generation.engines.base import Weights, batch_key
import generation.engines.cache, generation.engines.errors, generation.engines.png, generation.engines.weights_files
backend = "generation.engines.stable_diffusion.StableDiffusionEngine"
find_entry(read_entries({"image": {"BACKEND": backend, "QUEUE": "cpu"}}), "image")
print(sorted({"torch", "diffusers", "transformers", "django", "numpy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"

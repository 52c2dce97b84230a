"""What every engine must do, whatever it makes: the same tests on each demo model that ships."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from config.profiles import demo_profile
from generation.engines.base import (
    Engine,
    LabelsRequest,
    MusicRequest,
    SegmentsRequest,
    TagsRequest,
    TextRequest,
    Weights,
)
from generation.engines.devices import choose_device
from generation.engines.errors import EngineLoadError
from generation.engines.registry import create_engine, read_entries
from generation.engines.revisions import MANIFEST
from tests.support.image_requests import Listener, StopAt, StopRun, encoded, ignore, image_request

MAX_BATCH = 2
ENTRIES = read_entries(demo_profile(Path(__file__).resolve().parents[3] / "models" / "demo"))
SHIPPED = [name for name, entry in ENTRIES.items() if (Path(entry.checkpoint["source"]) / MANIFEST).is_file()]


def _picture() -> bytes:
    image = Image.new("RGB", (96, 96), "blue")
    ImageDraw.Draw(image).ellipse((20, 20, 76, 76), fill="red")
    return encoded(image)


REQUESTS: dict[str, Callable[[], Any]] = {
    "image": image_request,
    "music": lambda: MusicRequest("a calm sea", seed=7, duration=1.0),
    "tags": lambda: TagsRequest("a cat riding a bicycle in the rain", "calm waves"),
    "text": lambda: TextRequest("a cat riding a bicycle in the rain", seed=7, max_tokens=60),
    "labels": lambda: LabelsRequest(_picture(), ("a red circle", "a cat", "the sea at night")),
    "segments": lambda: SegmentsRequest(_picture(), max_segments=5),
}


def _weights(name: str, **changes: Any) -> Weights:
    described: dict[str, Any] = dict(ENTRIES[name].checkpoint)
    return Weights(**{"revision": "", **described, **changes})


def _engine(name: str, weights: Weights | None = None) -> Engine[Any, Any]:
    device = choose_device("auto")
    return create_engine(
        ENTRIES, name, weights or _weights(name), device=device.name, dtype=device.dtype, max_batch=MAX_BATCH
    )


@pytest.fixture(scope="module", params=SHIPPED)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine[Any, Any]]:
    made = _engine(request.param)
    made.load()
    yield made
    made.unload()


@pytest.fixture
def example(engine: Engine[Any, Any]) -> Any:
    return REQUESTS[engine.spec.capability]()


def test_a_request_for_every_capability_of_the_profile() -> None:
    assert set(REQUESTS) == set(ENTRIES)


def test_the_spec_says_what_is_loaded(engine: Engine[Any, Any]) -> None:
    spec = engine.spec
    assert ENTRIES[spec.capability].backend.endswith(type(engine).__name__)
    assert (spec.family, spec.max_batch) == ("atelier-demo", MAX_BATCH)
    assert spec.bytes > 100_000
    assert spec.licence


def test_the_same_request_gives_the_same_result_also_in_company(engine: Engine[Any, Any], example: Any) -> None:
    both = engine.run([example, example], ignore)
    assert both[0] == both[1]
    assert engine.run([example, example], ignore) == both


def test_results_say_which_engine_model_and_revision_made_them(engine: Engine[Any, Any], example: Any) -> None:
    metadata = engine.run([example], ignore)[0].metadata
    assert metadata["engine"] == engine.spec.name
    assert metadata["model"] == ENTRIES[engine.spec.capability].checkpoint["slug"]
    assert len(metadata["revision"]) == 64
    json.dumps(metadata)


def test_steps_are_told_in_order_to_the_last(engine: Engine[Any, Any], example: Any) -> None:
    listener = Listener()
    engine.run([example], listener)
    steps = [step for step, _ in listener.steps]
    assert steps
    assert steps == sorted(set(steps))
    assert steps[0] >= 1
    assert all(step <= total for step, total in listener.steps)


def test_a_run_that_is_stopped_leaves_the_engine_usable(engine: Engine[Any, Any], example: Any) -> None:
    before = engine.run([example], ignore)
    with pytest.raises(StopRun):
        engine.run([example], StopAt(1))
    assert engine.run([example], ignore) == before


def test_loading_twice_changes_nothing(engine: Engine[Any, Any], example: Any) -> None:
    before = engine.run([example], ignore)
    engine.load()
    assert engine.run([example], ignore) == before


def test_a_batch_out_of_bounds_is_refused(engine: Engine[Any, Any], example: Any) -> None:
    with pytest.raises(ValueError, match="a run takes 1 to 2 requests, not 0"):
        engine.run([], ignore)
    with pytest.raises(ValueError, match="a run takes 1 to 2 requests, not 3"):
        engine.run([example] * 3, ignore)


@pytest.mark.parametrize("name", SHIPPED)
def test_an_engine_runs_after_load_and_not_before_or_after_unload(name: str) -> None:
    engine, example = _engine(name), REQUESTS[name]()
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([example], ignore)
    engine.load()
    assert len(engine.run([example], ignore)) == 1
    engine.unload()
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([example], ignore)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_missing_folder_names_the_remedy(name: str, tmp_path: Path) -> None:
    weights = _weights(name, source=str(tmp_path / "none"), restore="Do this.")
    with pytest.raises(EngineLoadError) as raised:
        _engine(name, weights).load()
    assert weights.slug in raised.value.message
    assert raised.value.message.endswith("Do this.")


@pytest.mark.parametrize("name", SHIPPED)
def test_truncated_weights_name_the_file_s_model_and_the_remedy(name: str, tmp_path: Path) -> None:
    source = Path(_weights(name).source)
    # Links to the shipped files, and the largest of them cut: nothing else is written.
    for path in source.rglob("*"):
        if path.is_file():
            link = tmp_path / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    largest = max(tmp_path.rglob("*.safetensors"), key=lambda path: path.stat().st_size)
    content = largest.read_bytes()
    largest.unlink()
    largest.write_bytes(content[: len(content) // 2])
    weights = replace(_weights(name), source=str(tmp_path), restore="Do this.")
    with pytest.raises(EngineLoadError) as raised:
        _engine(name, weights).load()
    assert weights.slug in raised.value.message
    assert raised.value.message.endswith("Do this.")

"""What every image engine must do: the same tests on the demo profile's and on random weights."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from django.conf import settings
from PIL import Image

from common.errors import InvalidInput
from generation.engines.base import Engine, Weights
from generation.engines.devices import choose_device, use_available_cpus
from generation.engines.png import read_parameters
from generation.engines.registry import create_engine, read_entries
from tests.support.image_requests import Listener, StopAt, StopRun, encoded, ignore, image_request, pixels

MAX_BATCH = 4
_BACKEND = "generation.engines.stable_diffusion.StableDiffusionEngine"


def _demo_engine(folder: Path) -> Engine:
    entries = read_entries(settings.ENGINES)
    device = choose_device("auto")
    described: dict[str, Any] = dict(entries["image"].checkpoint)
    weights = Weights(**{"revision": "", **described})
    return create_engine(entries, "image", weights, device=device.name, dtype=device.dtype, max_batch=MAX_BATCH)


def _tiny_engine(native_size: int, dtype: str) -> Callable[[Path], Engine]:
    def make(folder: Path) -> Engine:
        weights = Weights("tiny", str(folder), "", "sd15", native_size)
        entries = read_entries({"image": {"BACKEND": _BACKEND, "QUEUE": "cpu"}})
        return create_engine(entries, "image", weights, device="cpu", dtype=dtype, max_batch=MAX_BATCH)

    return make


# The tiny one twice: too small for any request (as the demo model), and big enough for all (as Stable Diffusion 1.5).
ENGINES = {
    "demo": _demo_engine,
    "tiny-enlarged": _tiny_engine(64, "float32"),
    "tiny-cropped": _tiny_engine(512, "bfloat16"),
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tiny_pipeline: Path) -> Iterator[Engine]:
    use_available_cpus()
    made = ENGINES[request.param](tiny_pipeline)
    made.load()
    yield made
    made.unload()


def test_run_gives_results_in_the_order_of_the_requests(engine: Engine) -> None:
    requests = [image_request(seed=seed, prompt=f"prompt {seed}") for seed in (5, 3, 4)]
    results = engine.run(requests, ignore)
    assert [(r.metadata["seed"], r.metadata["prompt"]) for r in results] == [
        (5, "prompt 5"),
        (3, "prompt 3"),
        (4, "prompt 4"),
    ]
    alone = engine.run([requests[1]] * 3, ignore)[0]
    assert results[1].data == alone.data


def test_run_with_the_same_request_gives_the_same_bytes(engine: Engine) -> None:
    assert engine.run([image_request()], ignore) == engine.run([image_request()], ignore)


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"seed": 2**32 - 1}, {"num_inference_steps": 3}, {"guidance_scale": 1.0}]
)
def test_run_with_another_parameter_gives_another_picture(engine: Engine, change: dict[str, Any]) -> None:
    first, second = (engine.run([image_request(**each)], ignore)[0] for each in ({}, change))
    assert pixels(first.data) != pixels(second.data)


def test_run_does_not_depend_on_the_other_rows_of_a_batch(engine: Engine) -> None:
    ours = image_request(seed=11)
    others = [image_request(seed=seed, prompt="something else", negative_prompt="dull") for seed in (1, 2, 3)]
    first = engine.run([ours, *others], ignore)[0]
    last = engine.run([*others, ours], ignore)[-1]
    padded = engine.run([*others[:2], ours], ignore)[-1]
    assert first.data == last.data == padded.data
    assert first.metadata["padded_batch_size"] == 4


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 2), (3, 4), (4, 4)])
def test_run_reports_the_padded_batch_size(engine: Engine, count: int, size: int) -> None:
    results = engine.run([image_request(seed=seed, num_inference_steps=1) for seed in range(count)], ignore)
    assert [result.metadata["padded_batch_size"] for result in results] == [size] * count


def test_run_reports_each_step_once(engine: Engine) -> None:
    listener = Listener()
    [result] = engine.run([image_request(num_inference_steps=4)], listener)
    assert listener.steps == [(step, 4) for step in range(1, 5)]
    assert result.metadata["steps"] == 4


@pytest.mark.parametrize("size", [(256, 256), (512, 384), (256, 1024)])
def test_previews_are_small_jpegs_of_the_same_aspect(engine: Engine, size: tuple[int, int]) -> None:
    width, height = size
    listener = Listener(samples=2)
    requests = [image_request(seed=seed, width=width, height=height, num_inference_steps=2) for seed in (1, 2)]
    engine.run(requests, listener)
    assert len(listener.previews) == 4
    assert listener.previews[2] != listener.previews[3]
    for preview in listener.previews:
        with Image.open(BytesIO(preview), formats=("JPEG",)) as image:
            image.load()
        assert max(image.size) == 128
        assert image.width / image.height == pytest.approx(width / height)
        assert len(preview) < 16_000


def test_previews_do_not_change_the_result(engine: Engine) -> None:
    assert engine.run([image_request()], Listener(samples=1)) == engine.run([image_request()], ignore)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_cancelled_run_ends_at_once_and_the_engine_stays_usable(engine: Engine, step: int) -> None:
    asked = image_request(num_inference_steps=3)
    before = engine.run([asked], ignore)
    with pytest.raises(StopRun):
        engine.run([asked], StopAt(step))
    assert engine.run([asked], ignore) == before


def test_twenty_cancelled_runs_leave_no_memory_behind(engine: Engine) -> None:
    picture = encoded(Image.new("RGB", (256, 256), "red"))
    runs = [image_request(), image_request(image=picture, strength=1.0)]

    def cancel(times: int) -> tuple[int, int]:
        for index in range(times):
            with pytest.raises(StopRun):
                engine.run([runs[index % 2]], StopAt(1))
        gc.collect()
        return _tensors(), _resident_bytes()

    tensors, resident = cancel(4)
    tensors_after, resident_after = cancel(20)
    assert tensors_after == tensors
    assert resident_after - resident < 30_000_000


@pytest.mark.parametrize("size", [(256, 256), (1024, 1024), (1024, 256), (256, 1021), (300, 501), (513, 257)])
def test_run_gives_the_size_asked_for(engine: Engine, size: tuple[int, int]) -> None:
    width, height = size
    [result] = engine.run([image_request(width=width, height=height, num_inference_steps=1)], ignore)
    with Image.open(BytesIO(result.data), formats=("PNG",)) as image:
        assert image.size == size == (result.width, result.height)
        assert image.mode == "RGB"
    generated = result.metadata["generated_size"]
    assert all(side % 8 == 0 and side >= 64 for side in generated)
    if engine.spec.native_size < 256:
        assert max(generated) == engine.spec.native_size
    else:
        assert [side - asked for side, asked in zip(generated, size, strict=True)] == [-width % 8, -height % 8]


@pytest.mark.parametrize(("strength", "steps"), [(0.01, 0), (0.3, 3), (0.75, 7), (1.0, 10)])
def test_image_to_image_runs_its_share_of_the_steps(engine: Engine, strength: float, steps: int) -> None:
    listener = Listener(samples=1)
    picture = encoded(Image.new("RGB", (300, 200), "blue"))
    [result] = engine.run([image_request(image=picture, strength=strength, num_inference_steps=10)], listener)
    assert listener.steps == [(step, steps) for step in range(1, steps + 1)]
    assert result.metadata["steps"] == steps
    assert result.metadata["strength"] == strength
    assert (result.width, result.height) == (256, 256)


def test_image_to_image_of_strength_zero_gives_the_picture_itself(engine: Engine) -> None:
    picture = Image.linear_gradient("L").convert("RGB")
    [result] = engine.run([image_request(image=encoded(picture), strength=0.0)], ignore)
    assert pixels(result.data) == picture.tobytes()
    assert result.metadata["padded_batch_size"] == 1


def test_image_to_image_gives_results_in_order(engine: Engine) -> None:
    colours = ["red", "green", "blue"]
    requests = [image_request(seed=1, image=encoded(Image.new("RGB", (256, 256), c)), strength=0.5) for c in colours]
    results = engine.run(requests, ignore)
    backwards = engine.run(requests[::-1], ignore)
    assert len({result.data for result in results}) == 3
    assert [result.data for result in backwards] == [result.data for result in results][::-1]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_image_to_image_takes_every_kind_of_picture(engine: Engine, mode: str) -> None:
    media = "JPEG" if mode == "CMYK" else "PNG"
    picture = encoded(Image.new(mode, (64, 90)), media)
    [result] = engine.run([image_request(image=picture, strength=0.5, num_inference_steps=2)], ignore)
    assert (result.width, result.height) == (256, 256)


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(20)]
)
def test_image_to_image_refuses_what_is_no_picture(engine: Engine, data: bytes) -> None:
    with pytest.raises(InvalidInput, match="'image' is not a valid image"):
        engine.run([image_request(image=data, strength=0.5)], ignore)


def test_result_carries_its_parameters(engine: Engine) -> None:
    asked = image_request(prompt="Früh am Meer, 海 \N{WATER WAVE}", negative_prompt="fog", width=300, seed=2**32 - 1)
    [result] = engine.run([asked], ignore)
    read = read_parameters(result.data)
    assert read == result.metadata
    assert {
        name: read[name] for name in ("prompt", "negative_prompt", "seed", "width", "height", "guidance_scale")
    } == {
        "prompt": asked.prompt,
        "negative_prompt": "fog",
        "seed": 2**32 - 1,
        "width": 300,
        "height": 256,
        "guidance_scale": 7.5,
    }
    assert set(read) == {
        "engine", "model", "revision", "device", "dtype", "scheduler", "prompt", "negative_prompt", "prompt_truncated",
        "seed", "num_inference_steps", "steps", "guidance_scale", "guidance_rescale", "strength", "width", "height",
        "generated_size", "padded_batch_size",
    }  # fmt: skip
    assert read["engine"] == engine.spec.name
    assert read["revision"]


def test_result_says_when_the_prompt_was_cut(engine: Engine) -> None:
    requests = [image_request(prompt=prompt, num_inference_steps=1) for prompt in ("short", "ocean " * 330)]
    assert [r.metadata["prompt_truncated"] for r in engine.run(requests, ignore)] == [False, True]


def test_run_reads_an_empty_prompt(engine: Engine) -> None:
    [result] = engine.run([image_request(prompt="", num_inference_steps=1)], ignore)
    assert result.media_type == "image/png"


def test_run_refuses_a_batch_that_breaks_the_contract(engine: Engine) -> None:
    asked = image_request()
    picture = encoded(Image.new("RGB", (64, 64)))
    wrong = [
        [],
        [asked] * (MAX_BATCH + 1),
        [asked, replace(asked, width=512)],
        [asked, replace(asked, guidance_scale=3.0)],
        [asked, replace(asked, num_inference_steps=9)],
        [asked, replace(asked, image=picture, strength=0.5)],
        [replace(asked, image=picture)],
        [replace(asked, strength=0.5)],
    ]
    for requests in wrong:
        with pytest.raises(ValueError, match=r"request|image"):
            engine.run(requests, ignore)


def test_unloaded_engine_frees_its_weights_and_loads_again(engine: Engine) -> None:
    before = engine.run([image_request()], ignore)
    loaded = _tensors()
    engine.unload()
    assert _tensors() < loaded - 100
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([image_request()], ignore)
    engine.load()
    assert engine.run([image_request()], ignore) == before


def test_loading_twice_and_unloading_twice_is_harmless(engine: Engine) -> None:
    engine.load()
    engine.unload()
    engine.unload()
    engine.load()
    assert engine.run([image_request(num_inference_steps=1)], ignore)


def test_spec_tells_the_bytes_of_the_loaded_model(engine: Engine) -> None:
    assert engine.spec.bytes > 500_000
    assert engine.spec.capability == "image"
    assert engine.spec.max_batch == MAX_BATCH


def _tensors() -> int:
    gc.collect()
    return sum(issubclass(type(each), torch.Tensor) for each in gc.get_objects())


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

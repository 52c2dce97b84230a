"""LoRAs in a tiny Stable Diffusion of random weights: merged as meant, and taken out to the last bit."""

import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engines.base import Lora, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.lora import LoraSwitch
from generation.engines.stable_diffusion import StableDiffusionEngine
from tests.support.image_requests import StopAt, StopRun, ignore, image_request, pixels
from tests.support.loras import LAYERS, Form, lora_bytes, lora_factors
from tests.support.tiny_pipeline import make_tiny_pipeline

FILES = {"unet": "unet/diffusion_pytorch_model.safetensors", "text_encoder": "text_encoder/model.safetensors"}


def engine_of(folder: Path, dtype: str = "float32", max_batch: int = 1) -> StableDiffusionEngine:
    weights = Weights("tiny", str(folder), "", "test", 64)
    engine = StableDiffusionEngine(weights, device="cpu", dtype=dtype, max_batch=max_batch)
    engine.load()
    return engine


@pytest.fixture(scope="module")
def engine(tiny_pipeline: Path) -> Iterator[StableDiffusionEngine]:
    made = engine_of(tiny_pipeline)
    yield made
    made.unload()


@pytest.fixture
def write(tmp_path: Path, tiny_pipeline: Path) -> Callable[..., Lora]:
    """Writes a LoRA for the tiny pipeline."""

    def make(**changes: Any) -> Lora:
        data = changes.pop("data", None) or lora_bytes(tiny_pipeline, **changes)
        digest = sha256(data).hexdigest()
        path = tmp_path / f"{digest}.safetensors"
        path.write_bytes(data)
        return Lora(str(path), digest, f"sha256:{digest}")

    return make


def picture(engine: StableDiffusionEngine, lora: Lora | None = None, **changes: Any) -> bytes:
    [result] = engine.run([image_request(lora=lora, **changes)], ignore)
    return result.data


def weights_of(engine: StableDiffusionEngine) -> dict[str, torch.Tensor]:
    pipeline = engine._text_to_image
    return {
        f"{component}.{name}": tensor.clone()
        for component in FILES
        for name, tensor in getattr(pipeline, component).state_dict().items()
    }


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first) and first.keys() == second.keys()


def with_changed_files(folder: Path, copy: Path, *, scale: float, **changes: Any) -> Path:
    """A copy of a pipeline whose files hold what merging a LoRA should give."""
    shutil.copytree(folder, copy)
    for (component, layer), (down, up) in lora_factors(folder, **changes).items():
        path = copy / FILES[component]
        tensors = load_file(path)
        weight = tensors[f"{layer}.weight"]
        delta = up.reshape(len(up), -1).astype(np.float64) @ down.reshape(len(down), -1).astype(np.float64)
        changed = weight.double().flatten(1) + scale * torch.from_numpy(delta)
        tensors[f"{layer}.weight"] = changed.float().view_as(weight).contiguous()
        save_file(tensors, path)
    return copy


@pytest.mark.parametrize(
    ("form", "alpha", "scale"),
    [("peft", None, 1.0), ("peft", 1.0, 0.5), ("diffusers", None, 1.0), ("kohya", None, 1.0), ("kohya", 1.0, 0.5)],
)
def test_picture_is_that_of_weights_changed_on_disk(
    engine: StableDiffusionEngine,
    write: Callable[..., Lora],
    tiny_pipeline: Path,
    tmp_path: Path,
    form: Form,
    alpha: float | None,
    scale: float,
) -> None:
    changed = engine_of(with_changed_files(tiny_pipeline, tmp_path / "changed", scale=scale))

    made = picture(engine, write(form=form, alpha=alpha))

    expected = np.frombuffer(pixels(picture(changed)), np.uint8).astype(int)
    found = np.frombuffer(pixels(made), np.uint8).astype(int)
    assert np.abs(found - expected).max() <= 1
    assert pixels(made) != pixels(picture(engine))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_default_picture_is_the_same_bytes_before_and_after(
    tiny_pipeline: Path, write: Callable[..., Lora], dtype: str
) -> None:
    engine = engine_of(tiny_pipeline, dtype)
    before, weights = picture(engine), weights_of(engine)

    pictures = [picture(engine, write(seed=seed)) for seed in (1, 2, 1)]

    assert pictures[0] == pictures[2] != pictures[1]
    assert not same(weights_of(engine), weights)
    assert picture(engine) == before
    assert same(weights_of(engine), weights)


def test_opposite_loras_move_the_picture_in_opposite_directions(
    engine: StableDiffusionEngine, write: Callable[..., Lora], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one step, the last layer's change moves every latent in proportion to the LoRA's strength."""
    vae, latents = engine._text_to_image.vae, []
    decode = vae.decode

    def listen(values: torch.Tensor, *args: Any, **options: Any) -> Any:
        latents.append(values.clone())
        return decode(values, *args, **options)

    monkeypatch.setattr(vae, "decode", listen)
    layers = (("unet", "conv_out"),)
    for lora in (None, *(write(layers=layers, strength=strength) for strength in (0.05, -0.05, 0.1))):
        picture(engine, lora, num_inference_steps=1, guidance_scale=1.0)

    base, towards, away, further = latents
    assert (towards - base).abs().max() > 0.01
    torch.testing.assert_close(towards - base, base - away, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(further - base, 2 * (towards - base), rtol=1e-3, atol=1e-4)


def test_layers_of_the_former_lora_are_restored(engine: StableDiffusionEngine, write: Callable[..., Lora]) -> None:
    first, second = (write(layers=(place,)) for place in (LAYERS[0], LAYERS[2]))
    alone = picture(engine, second)

    picture(engine, first)

    assert picture(engine, second) == alone


def test_image_to_image_uses_the_lora(engine: StableDiffusionEngine, write: Callable[..., Lora]) -> None:
    start = picture(engine)

    made = picture(engine, write(), image=start, strength=0.5)

    assert made != picture(engine, image=start, strength=0.5)


def test_result_names_the_lora(engine: StableDiffusionEngine, write: Callable[..., Lora]) -> None:
    lora = write()

    [with_lora] = engine.run([image_request(lora=lora)], ignore)
    [without] = engine.run([image_request()], ignore)

    assert (with_lora.metadata["lora"], with_lora.metadata["lora_sha256"]) == (lora.source, lora.sha256)
    assert "lora" not in without.metadata


def test_a_batch_has_one_lora(tiny_pipeline: Path, write: Callable[..., Lora]) -> None:
    engine = engine_of(tiny_pipeline, max_batch=2)

    with pytest.raises(ValueError, match="same batch key"):
        engine.run([image_request(lora=write(seed=seed)) for seed in (1, 2)], ignore)


def test_a_run_that_was_stopped_leaves_nothing_behind(
    engine: StableDiffusionEngine, write: Callable[..., Lora]
) -> None:
    before = picture(engine)

    with pytest.raises(StopRun):
        engine.run([image_request(lora=write())], StopAt(1))

    assert picture(engine) == before


def test_twenty_loras_take_no_more_than_the_budget(tiny_pipeline: Path, write: Callable[..., Lora]) -> None:
    pipeline = engine_of(tiny_pipeline)._text_to_image
    components = {"unet": pipeline.unet, "text_encoder": pipeline.text_encoder}
    one = LoraSwitch(components, "cpu")
    one.put_on(write(seed=100))
    size, base = one.cached_bytes, one.base_bytes
    one.put_on(None)
    switch = LoraSwitch(components, "cpu", cache_bytes=5 * size)

    for seed in range(20):
        switch.put_on(write(seed=seed))
        assert switch.cached_bytes <= 5 * size
        assert switch.base_bytes == base

    switch.put_on(None)
    assert switch.base_bytes == 0


def test_a_lora_larger_than_the_budget_is_used_all_the_same(tiny_pipeline: Path, write: Callable[..., Lora]) -> None:
    pipeline = engine_of(tiny_pipeline)._text_to_image
    switch = LoraSwitch({"unet": pipeline.unet, "text_encoder": pipeline.text_encoder}, "cpu", cache_bytes=1)

    switch.put_on(write(seed=1))
    switch.put_on(write(seed=2))

    assert switch.base_bytes > 0


def test_cached_lora_needs_no_file(engine: StableDiffusionEngine, write: Callable[..., Lora]) -> None:
    lora = write(seed=77)
    made = picture(engine, lora)
    Path(lora.path).unlink()
    picture(engine)

    assert picture(engine, lora) == made


@pytest.mark.parametrize("damage", ["missing", "changed", "cut", "other"])
def test_a_bad_file_is_refused_and_changes_nothing(
    engine: StableDiffusionEngine, write: Callable[..., Lora], tmp_path: Path, damage: str
) -> None:
    before, lora = picture(engine), write(seed=200)
    path = Path(lora.path)
    if damage == "missing":
        path.unlink()
    elif damage == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    elif damage == "cut":
        lora = write(data=path.read_bytes()[:-8])
    else:
        other = make_tiny_pipeline(tmp_path / "other")
        lora = write(data=(other / FILES["unet"]).read_bytes())

    with pytest.raises(EngineLoadError, match=r"add it again|Add the LoRA again") as raised:
        picture(engine, lora)

    assert str(tmp_path) not in raised.value.message
    assert picture(engine) == before


def test_memory_that_runs_out_while_merging_leaves_the_base(
    engine: StableDiffusionEngine, write: Callable[..., Lora], monkeypatch: pytest.MonkeyPatch
) -> None:
    lora = write(seed=300)
    engine._loras.put_on(None)  # type: ignore[union-attr]
    before = weights_of(engine)
    original, calls = torch.addmm, []

    def fail_at_the_second(*args: Any, **options: Any) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError
        return original(*args, **options)

    monkeypatch.setattr(torch, "addmm", fail_at_the_second)
    with pytest.raises(MemoryError):
        engine._loras.put_on(lora)  # type: ignore[union-attr]

    assert same(weights_of(engine), before)


def test_lora_that_was_kept_changes_nothing_until_it_is_asked_for(
    engine: StableDiffusionEngine, write: Callable[..., Lora]
) -> None:
    lora = write(seed=77)
    plain, weights = picture(engine), weights_of(engine)

    engine.keep_lora(lora)
    assert picture(engine) == plain
    # It is in memory: its file is not needed any more.
    Path(lora.path).unlink()
    assert pixels(picture(engine, lora)) != pixels(plain)

    assert engine.forget_lora(lora)
    assert same(weights_of(engine), weights)
    assert picture(engine) == plain
    assert not engine.forget_lora(lora)
    with pytest.raises(EngineLoadError, match="missing"):
        picture(engine, lora)

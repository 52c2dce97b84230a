"""Uploads and folders that are not what they say: refused by their headers, before anything is loaded."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from generation.engines.lora_layers import UnusableLora
from generation.models import Checkpoint
from generation.personal.checks import check_lora, check_pipeline
from generation.personal.errors import UnusablePipeline, WeightsMissing
from tests.support.loras import UNET_LAYER, Form, lora_bytes


@pytest.fixture
def lora(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "lora"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("form", ["peft", "diffusers", "kohya"])
def test_lora_of_every_form(checkpoint: Checkpoint, tiny_pipeline: Path, lora: Any, form: Form) -> None:
    check_lora(lora(lora_bytes(tiny_pipeline, form=form)), checkpoint)


def test_lora_in_half_precision(checkpoint: Checkpoint, tiny_pipeline: Path, lora: Any) -> None:
    check_lora(lora(lora_bytes(tiny_pipeline, dtype=np.float16)), checkpoint)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(checkpoint: Checkpoint, tiny_pipeline: Path, lora: Any, bad: float) -> None:
    data = lora_bytes(tiny_pipeline)

    with pytest.raises(UnusableLora, match="infinite or not a number") as raised:
        check_lora(lora(data[:-4] + np.array(bad, np.float32).tobytes()), checkpoint)

    assert list(raised.value.errors) == ["file"]


def test_truncated(checkpoint: Checkpoint, tiny_pipeline: Path, lora: Any) -> None:
    data = lora_bytes(tiny_pipeline)
    for length in (0, 7, 8, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(UnusableLora):
            check_lora(lora(data[:length]), checkpoint)


class _Touch:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_never_executed(checkpoint: Checkpoint, tmp_path: Path, lora: Any, protocol: int) -> None:
    canary = tmp_path / "executed"

    with pytest.raises(UnusableLora):
        check_lora(lora(pickle.dumps(_Touch(canary), protocol=protocol)), checkpoint)

    assert not canary.exists()


def test_lora_of_another_kind_of_model(checkpoint: Checkpoint, lora: Any) -> None:
    tensors = {
        f"unet.{UNET_LAYER}.lora_A.weight": np.zeros((2, 2048), np.float32),
        f"unet.{UNET_LAYER}.lora_B.weight": np.zeros((640, 2), np.float32),
    }

    with pytest.raises(UnusableLora, match="another kind of model"):
        check_lora(lora(save(tensors)), checkpoint)


def test_the_checkpoints_own_weights_are_no_lora(checkpoint: Checkpoint, tiny_pipeline: Path) -> None:
    with pytest.raises(UnusableLora, match="belongs to no layer"):
        check_lora(tiny_pipeline / "unet/diffusion_pytorch_model.safetensors", checkpoint)


def test_checkpoint_that_is_not_here(checkpoint: Checkpoint, tiny_pipeline: Path, tmp_path: Path, lora: Any) -> None:
    checkpoint.source = str(tmp_path / "nothing")

    with pytest.raises(WeightsMissing, match="are not on this machine") as raised:
        check_lora(lora(lora_bytes(tiny_pipeline)), checkpoint)

    assert str(tmp_path) not in raised.value.message


# ---- Pipelines --------------------------------------------------------------------------------------------------


@pytest.fixture
def pipeline(tiny_pipeline: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_pipeline, tmp_path / "pipeline")


def change_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_pipeline_and_its_native_size(pipeline: Path) -> None:
    assert check_pipeline(pipeline) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"_class_name": "FluxPipeline"},
        {"_class_name": ["own_pipeline", "Pipeline"]},
        {"unet": ["own_unet", "Unet"]},
        {"unet": ["diffusers", "AutoencoderKL"]},
        {"unet": [None, None]},
        {"unet": "diffusers"},
        {"unet": []},
        {"text_encoder": ["transformers", "T5EncoderModel"]},
        {"scheduler": ["os", "system"]},
        {"scheduler": ["diffusers", "DDIMScheduler", "more"]},
        {"extra": ["os", "system"]},
        {"vae": ["diffusers.models", "AutoencoderKL"]},
    ],
)
def test_index_with_another_class(pipeline: Path, changes: dict[str, Any]) -> None:
    change_json(pipeline / "model_index.json", **changes)

    with pytest.raises(UnusablePipeline):
        check_pipeline(pipeline)


@pytest.mark.parametrize("name", ["unet/config.json", "text_encoder/config.json", "vae/config.json"])
def test_configuration_with_code_of_its_own(pipeline: Path, name: str) -> None:
    change_json(pipeline / name, auto_map={"AutoModel": "own.Model"})

    with pytest.raises(UnusablePipeline, match="never run here"):
        check_pipeline(pipeline)


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_pickled_weights(pipeline: Path, component: str) -> None:
    [weights] = (pipeline / component).glob("*.safetensors")
    weights.rename(weights.with_suffix(".bin"))

    with pytest.raises(UnusablePipeline, match=f"The {component} has no safetensors file"):
        check_pipeline(pipeline)


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_damaged_weights(pipeline: Path, component: str) -> None:
    [weights] = (pipeline / component).glob("*.safetensors")
    weights.write_bytes(pickle.dumps({}))

    with pytest.raises(UnusablePipeline, match=f"file of the {component} is damaged"):
        check_pipeline(pipeline)


@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("text", [None, "{", "[]", "[" * 100_000, '"' + " " * 2**20 + '"'])
def test_bad_configuration(pipeline: Path, name: str, text: str | None) -> None:
    if text is None:
        (pipeline / name).unlink()
    else:
        (pipeline / name).write_text(text)

    with pytest.raises(UnusablePipeline) as raised:
        check_pipeline(pipeline)

    assert str(pipeline) not in raised.value.message


@pytest.mark.parametrize("size", [None, "64", 0, 10**9, [64, 64], True])
def test_configuration_without_a_size(pipeline: Path, size: Any) -> None:
    change_json(pipeline / "unet/config.json", sample_size=size)

    with pytest.raises(UnusablePipeline, match="say no size"):
        check_pipeline(pipeline)

import json
import pickle
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from generation.engines.base import Weights
from generation.engines.errors import EngineError, EngineLoadError, OutOfMemory
from generation.engines.revisions import content_revision
from generation.engines.stable_diffusion import StableDiffusionEngine, padded_batch_size
from tests.support.image_requests import Listener, encoded, ignore, image_request, pixels
from tests.support.tiny_pipeline import make_tiny_pipeline

UNET = Path("unet/diffusion_pytorch_model.safetensors")


@pytest.fixture
def folder(tiny_pipeline: Path, tmp_path: Path) -> Path:
    """A copy of the tiny pipeline, to be changed."""
    return shutil.copytree(tiny_pipeline, tmp_path / "model")


def _engine(
    source: Path | str, *, revision: str = "", native_size: int = 64, max_batch: int = 1
) -> StableDiffusionEngine:
    weights = Weights("tiny", str(source), revision, "test", native_size)
    return StableDiffusionEngine(weights, device="cpu", dtype="float32", max_batch=max_batch)


# ---- Loading ----------------------------------------------------------------------------------------------------


def test_load_of_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineLoadError, match=r"weights of tiny are missing .* Put its files back") as raised:
        _engine(tmp_path / "nothing").load()
    assert str(tmp_path) not in raised.value.message


def test_load_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(EngineLoadError, match="weights of tiny are missing on this machine"):
        _engine("nobody/no-such-model", revision="0" * 40).load()


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_load_refuses_pickled_weights_without_reading_them(folder: Path, tmp_path: Path, component: str) -> None:
    canary = tmp_path / "executed"
    [weights] = (folder / component).glob("*.safetensors")
    name = "pytorch_model.bin" if component == "text_encoder" else "diffusion_pytorch_model.bin"
    (folder / component / name).write_bytes(_pickle_that_touches(canary))
    weights.unlink()
    with pytest.raises(EngineLoadError, match=f"The {component} of tiny has no safetensors file"):
        _engine(folder).load()
    assert not canary.exists()


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
def test_load_refuses_a_pickle_with_the_name_of_safetensors(folder: Path, tmp_path: Path, component: str) -> None:
    canary = tmp_path / "executed"
    [weights] = (folder / component).glob("*.safetensors")
    weights.write_bytes(_pickle_that_touches(canary))
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _engine(folder).load()
    assert not canary.exists()


def test_load_ignores_a_pickle_beside_safetensors(folder: Path, tmp_path: Path) -> None:
    canary = tmp_path / "executed"
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(_pickle_that_touches(canary))
    _engine(folder).load()
    assert not canary.exists()


def test_load_runs_no_code_from_the_folder(folder: Path, tmp_path: Path) -> None:
    canary = tmp_path / "executed"
    (folder / "unet" / "own_unet.py").write_text(f"open({str(canary)!r}, 'w').close()\nclass Unet: ...\n")
    index = json.loads((folder / "model_index.json").read_text())
    index["unet"] = ["own_unet", "Unet"]
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(EngineLoadError):
        _engine(folder).load()
    assert not canary.exists()


@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json", str(UNET)])
def test_load_of_a_damaged_file_says_so(folder: Path, name: str) -> None:
    (folder / name).write_text("{ damaged")
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _engine(folder).load()


def test_load_refuses_weights_that_are_not_those_of_the_revision(folder: Path) -> None:
    revision = content_revision(folder)
    tensors = load_file(folder / UNET)
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, folder / UNET)
    with pytest.raises(EngineLoadError, match="were changed since Atelier was started"):
        _engine(folder, revision=revision).load()


@pytest.mark.parametrize("pinned", [True, False])
def test_result_names_the_exact_weights(folder: Path, pinned: bool) -> None:
    engine = _engine(folder, revision=content_revision(folder) if pinned else "")
    engine.load()
    [result] = engine.run([image_request(num_inference_steps=1)], ignore)
    assert result.metadata["revision"] == content_revision(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"guidance_rescale": "much"}', '{"guidance_rescale": 2}'])
def test_load_refuses_a_wrong_atelier_json(folder: Path, text: str) -> None:
    (folder / "atelier.json").write_text(text)
    with pytest.raises(EngineLoadError, match=r"atelier\.json"):
        _engine(folder).load()


# ---- Running ----------------------------------------------------------------------------------------------------


def test_guidance_rescale_of_the_model_is_used_and_recorded(folder: Path) -> None:
    plain = _run(folder)
    (folder / "atelier.json").write_text('{"guidance_rescale": 0.7}')
    rescaled = _run(folder)
    assert (plain.metadata["guidance_rescale"], rescaled.metadata["guidance_rescale"]) == (0.0, 0.7)
    assert pixels(plain.data) != pixels(rescaled.data)


def test_guidance_rescale_means_the_same_for_both_kinds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At strength 1 this scheduler keeps nothing of the picture: with the same noise both kinds must agree."""
    (folder / "atelier.json").write_text('{"guidance_rescale": 0.7}')
    engine = _engine(folder)
    engine.load()
    noise = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(1))
    for pipeline in ("pipeline_stable_diffusion", "pipeline_stable_diffusion_img2img"):
        module = f"diffusers.pipelines.stable_diffusion.{pipeline}.randn_tensor"
        monkeypatch.setattr(module, lambda shape, **options: noise.clone())
    original = encoded(Image.new("RGB", (256, 256), "teal"))
    [from_text] = engine.run([image_request()], ignore)
    [from_image] = engine.run([image_request(image=original, strength=1.0)], ignore)
    assert _difference(from_text.data, from_image.data) <= 1


def test_image_to_image_stays_nearer_to_the_picture_with_less_strength(tiny_pipeline: Path) -> None:
    engine = _engine(tiny_pipeline)
    engine.load()
    original = encoded(Image.linear_gradient("L").convert("RGB"))
    results = [
        engine.run([image_request(image=original, strength=strength, num_inference_steps=10)], ignore)[0]
        for strength in (0.0, 0.1, 1.0)
    ]
    differences = [_difference(original, result.data) for result in results]
    assert differences == sorted(differences)
    assert differences[0] == 0


def test_progress_counts_the_steps_that_the_scheduler_really_runs(tmp_path: Path) -> None:
    """PNDM, the scheduler of Stable Diffusion 1.5, runs one more step than asked for."""
    engine = _engine(make_tiny_pipeline(tmp_path / "pndm", scheduler="pndm"))
    engine.load()
    listener = Listener()
    [result] = engine.run([image_request(num_inference_steps=4)], listener)
    assert listener.steps == [(step, 5) for step in range(1, 6)]
    assert (result.metadata["num_inference_steps"], result.metadata["steps"]) == (4, 5)
    assert result.metadata["scheduler"] == "PNDMScheduler"


def test_out_of_memory_is_reported_and_the_engine_stays_usable(
    tiny_pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine(tiny_pipeline)
    engine.load()
    with monkeypatch.context() as patched:
        patched.setattr(engine._text_to_image.vae, "decode", lambda *a, **o: torch.empty(2**50, dtype=torch.uint8))
        with pytest.raises(OutOfMemory, match="Choose a smaller size or fewer images"):
            engine.run([image_request()], ignore)
    assert engine.run([image_request()], ignore)


def test_numbers_out_of_range_are_an_error_and_no_black_picture(folder: Path) -> None:
    tensors = load_file(folder / UNET)
    tensors["conv_out.bias"].fill_(float("nan"))
    save_file(tensors, folder / UNET)
    with pytest.raises(EngineError, match="numbers went out of range in float32"):
        _run(folder)


def test_metadata_says_nothing_of_this_machine_or_moment(tiny_pipeline: Path) -> None:
    result = _run(tiny_pipeline)
    assert str(tiny_pipeline) not in json.dumps(result.metadata)
    with Image.open(BytesIO(result.data)) as image:
        assert set(image.info) == {"parameters", "atelier", "Software"}
        assert str(tiny_pipeline) not in json.dumps(image.info)


@pytest.mark.parametrize(
    ("count", "max_batch", "size"),
    [(1, 8, 1), (2, 8, 2), (3, 8, 4), (5, 8, 8), (8, 8, 8), (3, 3, 3), (5, 6, 6), (1, 1, 1)],
)
def test_padded_batch_size_by_example(count: int, max_batch: int, size: int) -> None:
    assert padded_batch_size(count, max_batch) == size


def _run(folder: Path) -> Any:
    engine = _engine(folder)
    engine.load()
    [result] = engine.run([image_request()], ignore)
    return result


def _difference(first: bytes, second: bytes) -> float:
    """The mean difference of two pictures of the same size, in levels of 255."""
    one, other = (np.frombuffer(pixels(data), np.uint8).astype(float) for data in (first, second))
    return float(np.abs(one - other).mean())


class _Touch:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (self._path,)  # type: ignore[return-value]


def _pickle_that_touches(path: Path) -> bytes:
    """What a library that unpickles it would execute."""
    data = pickle.dumps(_Touch(path))
    pickle.loads(data)  # noqa: S301 - the canary sings when it is read
    assert path.exists()
    path.unlink()
    return data

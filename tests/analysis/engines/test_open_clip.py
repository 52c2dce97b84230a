import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from analysis.engines.calibration import Calibration
from analysis.engines.open_clip import CONFIG, WEIGHTS, OpenClipEngine
from analysis.engines.text_embeddings import BATCH
from common.errors import InvalidInput
from generation.engines.base import LabelsRequest, Weights
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.revisions import content_revision
from tests.support.image_requests import Listener, StopAt, StopRun, encoded, ignore
from tests.support.tiny_clip import make_tiny_clip

PICTURE = encoded(Image.linear_gradient("L").convert("RGB"))


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_clip(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture
def folder(tiny_clip: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be changed."""
    return shutil.copytree(tiny_clip, tmp_path / "model")


@pytest.fixture(scope="module")
def engine(tiny_clip: Path) -> OpenClipEngine:
    return _loaded(tiny_clip)


def _engine(folder: Path, *, dtype: str = "float32", max_batch: int = 4, **options: Any) -> OpenClipEngine:
    weights = Weights("tiny", str(folder), "", "clip", 28, restore="Do this.")
    return OpenClipEngine(weights, device="cpu", dtype=dtype, max_batch=max_batch, **options)


def _loaded(folder: Path, **options: Any) -> OpenClipEngine:
    engine = _engine(folder, **options)
    engine.load()
    return engine


def _scores(engine: OpenClipEngine, labels: tuple[str, ...], picture: bytes = PICTURE) -> dict[str, float]:
    return dict(engine.run([LabelsRequest(picture, labels)], ignore)[0].scores)


# ---- Scores -----------------------------------------------------------------------------------------------------


def test_scores_are_those_of_a_bare_open_clip_loop(tiny_clip: Path, engine: OpenClipEngine) -> None:
    name, labels = f"local-dir:{tiny_clip}", ("a dog", "Café 海", "x" * 100)
    model, transform = open_clip.create_model_from_pretrained(name)
    tokens = open_clip.get_tokenizer(name)(["a photo", *(f"a photo of {label}" for label in labels)])
    with torch.inference_mode():
        picture = transform(Image.linear_gradient("L").convert("RGB"))[None]
        texts = F.normalize(model.eval().encode_text(tokens), dim=-1)
        logits = model.logit_scale.exp() * (texts @ F.normalize(model.encode_image(picture), dim=-1)[0])
    wanted = torch.sigmoid((logits[1:] - logits[0]) / Calibration().temperature + Calibration().bias)
    found = _scores(engine, labels)
    assert [found[label] for label in labels] == pytest.approx(wanted.tolist(), abs=1e-3)


def test_scores_are_sorted_and_name_each_label_as_it_was_given(engine: OpenClipEngine) -> None:
    labels = ("dog", "Dog", " dog ", "{label}", "sea")
    [result] = engine.run([LabelsRequest(PICTURE, labels)], ignore)
    scores = [score for _, score in result.scores]
    assert sorted(label for label, _ in result.scores) == sorted(labels)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_label_scores_the_same_whatever_stands_beside_it(tiny_clip: Path, engine: OpenClipEngine) -> None:
    many = tuple(f"label {number}" for number in range(100))
    together, alone = _scores(_loaded(tiny_clip), many), _scores(_loaded(tiny_clip), (many[57],))
    assert together[many[57]] == alone[many[57]] == _scores(engine, many[50:60])[many[57]]


def test_results_come_in_the_order_of_the_requests(engine: OpenClipEngine) -> None:
    red, blue = (encoded(Image.new("RGB", (40, 30), colour)) for colour in ("red", "blue"))
    requests = [LabelsRequest(red, ("a", "b")), LabelsRequest(blue, ("c",)), LabelsRequest(red, ("a", "b"))]
    results = engine.run(requests, ignore)
    assert results[0] == results[2]
    assert [len(result.scores) for result in results] == [2, 1, 2]
    assert results == engine.run(requests, ignore)
    assert _scores(engine, ("a",), red) != _scores(engine, ("a",), blue)


def test_the_template_and_neutral_caption_of_the_options_are_used(tiny_clip: Path, engine: OpenClipEngine) -> None:
    options = {"neutral": "a photo of nothing", "template": "{label}", "temperature": 1.0, "bias": 0.0}
    other = _loaded(tiny_clip, calibration=options)
    assert _scores(other, ("a photo of nothing",)) == {"a photo of nothing": 0.5}
    [result] = other.run([LabelsRequest(PICTURE, ("a dog",))], ignore)
    assert {name: result.metadata[name] for name in options} == options
    assert dict(result.scores) != _scores(engine, ("a dog",))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_changes_scores_a_little(tiny_clip: Path, engine: OpenClipEngine, dtype: str) -> None:
    labels = ("a dog", "the sea", "night")
    assert _scores(_loaded(tiny_clip, dtype=dtype), labels) == pytest.approx(_scores(engine, labels), abs=0.05)


def test_metadata_says_what_made_the_scores(tiny_clip: Path, engine: OpenClipEngine) -> None:
    [result] = engine.run([LabelsRequest(PICTURE, ("a dog",))], ignore)
    assert result.metadata == {
        "engine": "open-clip",
        "model": "tiny",
        "revision": content_revision(tiny_clip),
        "device": "cpu",
        "dtype": "float32",
        "neutral": "a photo",
        "template": "a photo of {label}",
        "temperature": 2.0,
        "bias": -1.0,
    }


# ---- Steps ------------------------------------------------------------------------------------------------------


def test_steps_are_new_labels_and_pictures(tiny_clip: Path) -> None:
    engine, labels = _loaded(tiny_clip), tuple(f"{number}" for number in range(BATCH + 1))
    first, second = Listener(), Listener()
    engine.run([LabelsRequest(PICTURE, labels)] * 2, first)
    engine.run([LabelsRequest(PICTURE, labels)] * 2, second)
    assert first.steps == [(step, 4) for step in range(1, 5)]
    assert second.steps == [(1, 2), (2, 2)]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_run_that_is_stopped_leaves_the_engine_usable(tiny_clip: Path, engine: OpenClipEngine, step: int) -> None:
    stopped, labels = _loaded(tiny_clip), tuple(f"{number}" for number in range(BATCH + 1))
    with pytest.raises(StopRun):
        stopped.run([LabelsRequest(PICTURE, labels)], StopAt(step))
    assert _scores(stopped, labels) == _scores(engine, labels)


# ---- Pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_picture_is_looked_at(engine: OpenClipEngine, mode: str) -> None:
    media = "JPEG" if mode == "CMYK" else "PNG"
    assert _scores(engine, ("a dog",), encoded(Image.new(mode, (64, 90)), media))


@pytest.mark.parametrize("size", [(1, 1), (1, 8000), (8000, 1), (3, 2)])
def test_pictures_of_odd_sizes_are_looked_at(engine: OpenClipEngine, size: tuple[int, int]) -> None:
    plain = _scores(engine, ("a dog", "night"), encoded(Image.new("RGB", (64, 64), "navy")))
    assert _scores(engine, ("a dog", "night"), encoded(Image.new("RGB", size, "navy"))) == pytest.approx(
        plain, abs=1e-3
    )


def test_a_very_large_picture_is_looked_at(engine: OpenClipEngine) -> None:
    large = encoded(Image.new("L", (8000, 8000), 200))
    small = encoded(Image.new("L", (80, 80), 200))
    assert _scores(engine, ("a dog",), large) == pytest.approx(_scores(engine, ("a dog",), small), abs=1e-3)


def test_a_picture_is_turned_upright_first(engine: OpenClipEngine) -> None:
    upright = Image.linear_gradient("L").convert("RGB")
    turned = upright.rotate(90)
    exif = turned.getexif()
    exif[0x0112] = 6
    assert _scores(engine, ("a dog",), encoded(turned, exif=exif)) == _scores(engine, ("a dog",), encoded(upright))
    assert _scores(engine, ("a dog",), encoded(turned)) != _scores(engine, ("a dog",), encoded(upright))


def test_an_animated_picture_and_what_is_no_picture_are_refused(engine: OpenClipEngine) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    animated = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    for data in (animated, b"", b"no picture", PICTURE[:60]):
        with pytest.raises(InvalidInput, match="'image' is not a valid image"):
            _scores(engine, ("a dog",), data)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((), "1 to 100 labels, not 0"),
        (tuple(map(str, range(101))), "1 to 100 labels, not 101"),
        (("a", "a"), "each label once"),
        (("",), "1 to 100 characters"),
        (("x" * 101,), "1 to 100 characters"),
    ],
)
def test_labels_out_of_bounds_break_the_contract(
    engine: OpenClipEngine, labels: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        _scores(engine, labels)


# ---- Loading ----------------------------------------------------------------------------------------------------


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineLoadError, match=r"weights of tiny are missing on this machine\. Do this\."):
        _engine(tmp_path / "none").load()


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_damaged_file_names_the_remedy(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(EngineLoadError, match=r"weights of tiny are damaged or of another kind: .* Do this\."):
        _engine(folder).load()


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file({name: tensor for name, tensor in tensors.items() if name != "visual.proj"}, folder / WEIGHTS)
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _engine(folder).load()


@pytest.mark.parametrize("beside", [False, True])
def test_pickled_weights_are_refused_unread(folder: Path, tmp_path: Path, beside: bool) -> None:
    canary = tmp_path / "executed"
    (folder / WEIGHTS).rename(folder / "other.safetensors") if beside else (folder / WEIGHTS).unlink()
    (folder / "open_clip_pytorch_model.bin").write_bytes(_pickle_that_touches(canary))
    with pytest.raises(EngineLoadError, match="safetensors"):
        _engine(folder).load()
    assert not canary.exists()


def test_a_pickle_beside_the_weights_is_ignored(folder: Path, tmp_path: Path) -> None:
    canary = tmp_path / "executed"
    for name in ("open_clip_pytorch_model.bin", "model.pth"):
        (folder / name).write_bytes(_pickle_that_touches(canary))
    assert _scores(_loaded(folder), ("a dog",))
    assert not canary.exists()


def test_code_in_the_folder_is_not_run(folder: Path, tmp_path: Path) -> None:
    canary = tmp_path / "executed"
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"]["text_cfg"] |= {"hf_tokenizer_name": "own", "tokenizer_kwargs": {"trust_remote_code": True}}
    (folder / CONFIG).write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(canary)!r}, 'w').close()\nclass Own: ...\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["own.Own", None]}}))
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _engine(folder).load()
    assert not canary.exists()


def test_weights_that_are_not_numbers_are_told_of(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file(tensors | {"visual.proj": tensors["visual.proj"] * float("nan")}, folder / WEIGHTS)
    with pytest.raises(EngineError, match="went out of range in float32"):
        _scores(_loaded(folder), ("a dog",))


def test_an_engine_loads_again_after_unload_and_after_failure(folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:1000])
    engine = _engine(folder)
    with pytest.raises(EngineLoadError):
        engine.load()
    (folder / WEIGHTS).write_bytes(whole)
    engine.load()
    before = _scores(engine, ("a dog",))
    engine.unload()
    engine.unload()
    with pytest.raises(RuntimeError, match="not loaded"):
        _scores(engine, ("a dog",))
    engine.load()
    assert _scores(engine, ("a dog",)) == before


def test_spec_tells_the_bytes_of_the_loaded_model(tiny_clip: Path, engine: OpenClipEngine) -> None:
    stored = (tiny_clip / WEIGHTS).stat().st_size
    assert engine.spec.bytes == pytest.approx(2 * stored, rel=0.05)
    assert _loaded(tiny_clip, dtype="bfloat16").spec.bytes < engine.spec.bytes
    assert (engine.spec.capability, engine.spec.max_batch) == ("labels", 4)


def _pickle_that_touches(path: Path) -> bytes:
    class Touch:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (path,))

    return pickle.dumps(Touch())

"""The MusicGen adapter on random weights of the real layout; what the demo model means is tested with the model."""

import io
import shutil
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from common.errors import InvalidInput
from generation.engines.base import MusicRequest, Weights
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.musicgen import MusicgenEngine
from generation.engines.wav import read_parameters
from tests.support.image_requests import Listener, StopAt, StopRun, ignore
from tests.support.tiny_musicgen import FRAME_RATE, SAMPLE_RATE, make_tiny_musicgen

REQUEST = MusicRequest(prompt="rain", seed=7, duration=0.5)


def _engine(folder: Path, dtype: str = "float32") -> MusicgenEngine:
    return MusicgenEngine(
        Weights("tiny-musicgen", str(folder), "", "musicgen", SAMPLE_RATE), device="cpu", dtype=dtype, max_batch=2
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_musicgen(tmp_path_factory.mktemp("musicgen"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[MusicgenEngine]:
    made = _engine(folder)
    made.load()
    yield made
    made.unload()


def _samples(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.mark.parametrize("duration", [0.1, 0.5, 1.003])
def test_run_makes_a_wav_of_the_exact_duration(engine: MusicgenEngine, duration: float) -> None:
    result = engine.run([replace(REQUEST, duration=duration)], ignore)[0]
    assert (result.media_type, result.sample_rate) == ("audio/wav", SAMPLE_RATE)
    assert len(_samples(result.data)) == round(duration * SAMPLE_RATE)
    assert result.duration == pytest.approx(duration, abs=1 / SAMPLE_RATE)
    assert _samples(result.data).any()


def test_the_same_request_gives_the_same_bytes_and_another_seed_another_sound(engine: MusicgenEngine) -> None:
    first, again, other = (engine.run([r], ignore)[0] for r in (REQUEST, REQUEST, replace(REQUEST, seed=8)))
    assert first == again
    assert not np.array_equal(_samples(first.data), _samples(other.data))


def test_requests_of_one_run_do_not_disturb_each_other(engine: MusicgenEngine) -> None:
    other = replace(REQUEST, seed=9, duration=0.3)
    assert engine.run([REQUEST, other], ignore)[1] == engine.run([other], ignore)[0]


def test_the_prompt_changes_the_sound(engine: MusicgenEngine) -> None:
    sounds = [_samples(engine.run([replace(REQUEST, prompt=prompt)], ignore)[0].data) for prompt in ("rain", "drums")]
    assert not np.array_equal(sounds[0], sounds[1])


def test_the_file_says_how_it_was_made(engine: MusicgenEngine) -> None:
    result = engine.run([REQUEST], ignore)[0]
    said = read_parameters(result.data)
    assert said == result.metadata
    assert (said["engine"], said["model"], said["prompt"], said["seed"]) == ("musicgen", "tiny-musicgen", "rain", 7)
    assert not {"time", "owner", "id"} & set(said)


def test_every_frame_is_a_step(engine: MusicgenEngine) -> None:
    listener = Listener()
    engine.run([REQUEST, REQUEST], listener)
    steps = [step for step, _ in listener.steps]
    assert steps == list(range(1, steps[-1] + 1))
    assert {total for _, total in listener.steps} == {steps[-1]}
    assert steps[-1] >= 2 * REQUEST.duration * FRAME_RATE


def test_a_run_that_is_stopped_leaves_the_engine_usable(engine: MusicgenEngine) -> None:
    before = engine.run([REQUEST], ignore)
    with pytest.raises(StopRun):
        engine.run([REQUEST], StopAt(3))
    assert engine.run([REQUEST], ignore) == before


def test_a_run_does_not_touch_the_process_s_random_state(engine: MusicgenEngine) -> None:
    import torch

    state = torch.random.get_rng_state()
    engine.run([REQUEST], ignore)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("prompt", ["", "  \n"], ids=["empty", "blank"])
def test_an_empty_description_is_refused(engine: MusicgenEngine, prompt: str) -> None:
    with pytest.raises(InvalidInput, match="Describe the sound"):
        engine.run([replace(REQUEST, prompt=prompt)], ignore)


@pytest.mark.parametrize("duration", [-1.0, 0.0, 30.5, 1e9, float("nan")])
def test_a_duration_out_of_bounds_is_refused(engine: MusicgenEngine, duration: float) -> None:
    with pytest.raises(InvalidInput, match="up to 30 seconds"):
        engine.run([replace(REQUEST, duration=duration)], ignore)


def test_a_very_long_description_is_cut_and_said_to_be(engine: MusicgenEngine) -> None:
    result = engine.run([replace(REQUEST, prompt="sea " * 2_500, duration=0.1)], ignore)[0]
    assert result.metadata["prompt_truncated"]


@pytest.mark.parametrize("prompt", ["雨の音", "🌧️🎹", "дождь"], ids=["japanese", "emoji", "russian"])
def test_other_scripts_are_heard(engine: MusicgenEngine, prompt: str) -> None:
    assert engine.run([replace(REQUEST, prompt=prompt, duration=0.1)], ignore)[0].metadata["prompt"] == prompt


def test_bf16_loads_with_an_exact_codec(folder: Path) -> None:
    engine = _engine(folder, "bfloat16")
    engine.load()
    assert _samples(engine.run([REQUEST], ignore)[0].data).any()
    engine.unload()


def test_numbers_out_of_range_are_an_error_not_a_noise(folder: Path) -> None:
    engine = _engine(folder)
    engine.load()
    for weight in engine._model.audio_encoder.decoder.parameters():
        weight.data.fill_(float("nan"))
    with pytest.raises(EngineError, match="out of range"):
        engine.run([REQUEST], ignore)


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineLoadError, match="missing on this machine"):
        _engine(tmp_path / "none").load()


def test_a_truncated_file_names_the_remedy(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "cut")
    file = tmp_path / "cut" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5_000])
    with pytest.raises(EngineLoadError, match="damaged or of another kind"):
        _engine(tmp_path / "cut").load()


def test_weights_that_could_run_code_are_refused_unread(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").rename(tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(EngineLoadError, match="safetensors"):
        _engine(tmp_path / "pickled").load()

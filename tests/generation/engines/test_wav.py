"""WAV files: header, length, level, ends, and what they say of their making."""

import io
import wave

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from generation.engines.wav import PEAK, encode_wav, finish_samples, read_parameters


@given(
    arrays(np.float32, st.integers(0, 400), elements=st.floats(-8, 8, width=32)),
    st.sampled_from([1_000, 8_000]),
    st.floats(0.001, 0.2),
)
def test_finish_samples_gives_the_exact_length_within_the_peak(
    samples: npt.NDArray[np.float32], rate: int, duration: float
) -> None:
    finished = finish_samples(samples if len(samples) else np.zeros(1, np.float32), rate, duration)
    assert len(finished) == round(duration * rate)
    assert np.abs(finished).max(initial=0) <= PEAK + 1e-6


def test_finish_samples_starts_and_ends_without_a_click() -> None:
    buzz = np.tile(np.array([0.9, -0.9], np.float32), 8_000)
    finished = finish_samples(buzz, 16_000, 1.0)
    assert abs(finished[0]) < 0.01
    assert abs(finished[-1]) < 0.01
    assert np.abs(finished[1_000:-1_000]).min() == pytest.approx(0.9, abs=1e-3)


def test_finish_samples_removes_an_offset() -> None:
    finished = finish_samples(np.full(16_000, 0.5, np.float32), 16_000, 1.0)
    assert np.abs(finished).max() < 1e-6


def test_finish_samples_leaves_quiet_sounds_quiet() -> None:
    quiet = (0.1 * np.sin(np.arange(16_000) / 7)).astype(np.float32)
    assert np.abs(finish_samples(quiet, 16_000, 1.0)).max() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_finish_samples_refuses_what_is_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        finish_samples(np.array([0.0, value], np.float32), 10, 0.2)


@given(
    arrays(np.float32, st.integers(0, 300), elements=st.floats(-1, 1, width=32)),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_a_reader_of_the_standard_library_reads_back_what_was_written(
    samples: npt.NDArray[np.float32], parameters: dict[str, str]
) -> None:
    data = encode_wav(samples, 16_000, parameters)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        read = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(read / 32767 - samples).max(initial=0) <= 0.5 / 32767 + 1e-6
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert read_parameters(data) == parameters


def test_the_same_samples_give_the_same_bytes() -> None:
    samples = np.zeros(10, np.float32)
    assert encode_wav(samples, 8_000, {"b": 1, "a": 2}) == encode_wav(samples, 8_000, {"a": 2, "b": 1})


def test_the_chunks_are_those_that_players_know() -> None:
    data = encode_wav(np.zeros(3, np.float32), 8_000, {"prompt": "rain"})

    assert _chunks(data[12:]) == [(b"fmt ", 16), (b"LIST", 4 + 8 + 8 + 8 + 18), (b"data", 6)]
    place = data.index(b"INFO") + 4
    assert _chunks(data[place : data.index(b"data")]) == [(b"ISFT", 8), (b"ICMT", 18)]
    assert data[place + 8 : place + 16] == b"Atelier\0"


def _chunks(data: bytes) -> list[tuple[bytes, int]]:
    found, place = [], 0
    while place < len(data):
        found.append((data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")))
        place += 8 + found[-1][1] + found[-1][1] % 2
    assert place == len(data)
    return found


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_read_parameters_refuses_other_files(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a WAV"):
        read_parameters(data)


def test_read_parameters_of_a_foreign_wav_is_empty() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8_000)
        writer.writeframes(bytes(10))
    assert read_parameters(file.getvalue()) == {}


@given(level=st.floats(1e-4, 0.02), more=st.floats(1.05, 10))
def test_a_quiet_sound_becomes_louder_and_stays_below_a_louder_one(level: float, more: float) -> None:
    tone = np.sin(np.linspace(0, 400, 8_000, dtype=np.float32))
    quiet, louder = (finish_samples(tone * np.float32(size), 8_000, 1.0).std() for size in (level, level * more))

    assert quiet > 1.1 * level * tone.std()
    assert quiet < louder


def test_silence_stays_silence() -> None:
    assert not finish_samples(np.zeros(800, np.float32), 8_000, 0.1).any()

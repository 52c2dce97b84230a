"""WAV files that say how they were made: the parameters as JSON in a comment chunk, and nothing about when or for whom.

RIFF with 16-bit PCM and a LIST/INFO chunk: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0".
Its ISFT is the software, without a version (an update must not change the bytes that a seed gives), its ICMT the JSON.
"""

import json
import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

# Quiet enough that a player's own resampling does not clip.
PEAK = 0.98
# Whole sounds below this level (root mean square, full scale 0) are made louder by half of what they lack: a player at
# its usual volume makes everything heard, and what is louder than another stays so.
QUIET_DECIBELS = -30.0
# As long as an ear needs to hear no click, and too short to be missed.
FADE_SECONDS = 0.01
_FULL_SCALE = 32767
_PCM = 1
_SOFTWARE = b"Atelier\0"


def finish_samples(samples: Samples, sample_rate: int, duration: float) -> Samples:
    """Exactly `duration` seconds of `samples` (1-D, any range): without offset, within ±`PEAK`, faded at both ends.

    Quiet sounds are amplified as a whole (see `QUIET_DECIBELS`), digital silence stays silence. What is missing at the
    end is silence. Raises `ValueError` for numbers that are not finite.
    """
    if not np.isfinite(samples).all():
        raise ValueError("the samples are not finite")
    count = round(duration * sample_rate)
    wave = samples[:count] - samples[:count].mean()
    wave = wave * _gain(wave)
    fade = min(round(FADE_SECONDS * sample_rate), len(wave) // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
        wave[:fade] *= ramp
        wave[-fade:] *= ramp[::-1]
    return np.pad(wave, (0, count - len(wave)))


def _gain(wave: Samples) -> float:
    peak = float(np.abs(wave).max(initial=0.0))
    if not peak:
        return 1.0
    level = 10 * math.log10(np.square(wave, dtype=np.float64).mean())
    lacking = max(0.0, QUIET_DECIBELS - level)
    return float(min(10 ** (lacking / 2 / 20), PEAK / peak))


def encode_wav(samples: Samples, sample_rate: int, parameters: Mapping[str, Any]) -> bytes:
    """A mono file of `samples` (1-D, −1 to 1). The same samples and parameters give the same bytes."""
    pcm = np.rint(np.clip(samples, -1.0, 1.0) * _FULL_SCALE).astype("<i2").tobytes()
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\0"
    form = struct.pack("<HHIIHH", _PCM, 1, sample_rate, sample_rate * 2, 2, 16)
    said = _chunk(b"LIST", b"INFO" + _chunk(b"ISFT", _SOFTWARE) + _chunk(b"ICMT", text))
    return _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", form) + said + _chunk(b"data", pcm))


def read_parameters(wav: bytes) -> dict[str, Any]:
    """The parameters that `encode_wav` wrote; empty for a WAV without them. Raises `ValueError` for anything else."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise ValueError("not a WAV")
    for name, content in _chunks(wav[12:]):
        if name == b"LIST" and content[:4] == b"INFO":
            for inner, text in _chunks(content[4:]):
                if inner == b"ICMT":
                    parameters = json.loads(text.rstrip(b"\0"))
                    return parameters if isinstance(parameters, dict) else {}
    return {}


def _chunk(name: bytes, content: bytes) -> bytes:
    """Chunks start at even bytes: an odd one is followed by a byte that its length does not count."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        name, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        yield name, data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2

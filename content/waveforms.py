"""The loudness of a sound over its length, read from its samples."""

import io
import sys
import wave
from array import array
from itertools import pairwise

_FULL_SCALE = 32768


def peaks(data: bytes, count: int) -> list[float]:
    """The loudest sample (0–1, of any channel) in each of `count` equal parts of a PCM WAV, 8 to 32 bits a sample.

    A shorter list where there are fewer samples. Raises `ValueError` for anything else, and for a sound of no length.
    """
    try:
        with wave.open(io.BytesIO(data)) as sound:
            samples = _in_16_bits(sound.readframes(sound.getnframes()), sound.getsampwidth())
    except (wave.Error, EOFError) as error:
        raise ValueError("no PCM WAV") from error
    count = min(count, len(samples))
    if not count:
        raise ValueError("the sound has no length")
    edges = [len(samples) * part // count for part in range(count + 1)]
    return [_loudest(samples[start:end]) for start, end in pairwise(edges)]


def _loudest(samples: "array[int]") -> float:
    return max(max(samples), -min(samples)) / _FULL_SCALE


def _in_16_bits(frames: bytes, width: int) -> "array[int]":
    """The upper 16 bits of little-endian samples of `width` bytes; those of one byte are unsigned by convention."""
    if width == 1:
        return array("h", ((value - 128) << 8 for value in frames))
    whole = len(frames) // width * width
    upper = bytearray(whole // width * 2)
    upper[0::2] = frames[width - 2 : whole : width]
    upper[1::2] = frames[width - 1 : whole : width]
    samples = array("h", bytes(upper))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples

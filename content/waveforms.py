"""The loudness of a sound over its length, read from its samples."""

import io
import sys
import wave
from array import array
from itertools import pairwise

_FULL_SCALE = 32768
# −40 dB of full scale: what stays below is drawn as the silence that it nearly is.
_QUIETEST = 0.01


def heights(data: bytes, count: int) -> list[float]:
    """`peaks` as bars are drawn: 1 is the loudest of them, so that a quiet sound has a shape, too."""
    loudness = peaks(data, count)
    loudest = max(_QUIETEST, *loudness)
    return [level / loudest for level in loudness]


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

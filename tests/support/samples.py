"""Bytes to store in tests."""

import hashlib
import io
import math
import struct
import wave

from PIL import Image, ImageDraw

SAMPLE_RATE = 8000


def varied_bytes(size: int, name: str = "atelier") -> bytes:
    """`size` bytes that do not repeat, the same each time for the same `name`."""
    return hashlib.shake_256(name.encode()).digest(size) if size else b""


def picture(colour: str, number: int) -> bytes:
    """A PNG of 320 × 240 pixels. No two of a colour are the same."""
    image = Image.new("RGB", (320, 240), colour)
    ImageDraw.Draw(image).line((0, number, 320, number), fill="white")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def sound(number: int) -> bytes:
    """A WAV of one second, mono, 8 kHz: a tone of 200 Hz that is louder for a higher `number`."""
    period = (math.sin(math.tau * at / 40) for at in range(40))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", round((9000 + number) * level)) for level in period) * 200)
    return file.getvalue()

"""Pictures for docs/models.md that the shipped models really made: ``python -m demo_models.contact_sheet``.

Each sheet shows the first result for its prompts, with seeds counted from 0: nothing is picked.
"""

from __future__ import annotations

import argparse
import io
import random
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw

from config.profiles import demo_profile
from demo_models.build import ROOT, SHIPPED
from demo_models.scenes.compose import draw, random_scene
from generation.engines.base import Engine, ImageRequest, MusicRequest, SegmentsRequest, SegmentsResult, Weights
from generation.engines.registry import create_engine, read_entries

IMAGES = ROOT / "docs" / "images"
PICTURE_PROMPTS = (
    "a red circle on a blue background",
    "a yellow star on a purple background",
    "a beautiful sunset over the ocean with waves crashing on the shore",
    "a futuristic cityscape at sunset",
    "a cat riding a bicycle in the rain",
    "photo of sks person as a futuristic astronaut in space",
    "mountains at dawn",
    "a village in the snow at night",
    "a desert by day",
    "a red car on a road",
    "a boat on a lake at night",
    "a dog in a field",
)
SOUND_PROMPTS = (
    "a calm and relaxing seaside ambiance",
    "heavy rain and wind",
    "fast energetic drums",
    "slow piano notes, dark",
    "bells",
    "birds in the morning",
)
_COLUMNS = 4
_CELL = 256
_CAPTION = 22
_SOUND_SECONDS = 10.0
_WINDOW, _HOP = 512, 128
_DECIBELS = 70.0


def _engine(capability: str) -> Engine[Any, Any]:
    entries = read_entries(demo_profile(SHIPPED))
    described: dict[str, Any] = dict(entries[capability].checkpoint)
    weights = Weights(**{"revision": "", **described})
    engine = create_engine(entries, capability, weights, device="cpu", dtype="float32", max_batch=1)
    engine.load()
    return engine


def picture_sheet() -> Image.Image:
    """One picture for each of ``PICTURE_PROMPTS``, at the API's defaults."""
    engine = _engine("image")
    cells = []
    for seed, prompt in enumerate(PICTURE_PROMPTS):
        request = ImageRequest(prompt, seed, _CELL, _CELL, num_inference_steps=30, guidance_scale=7.5)
        cells.append((_opened(engine.run([request], _ignore)[0].data), prompt))
    return _sheet(cells)


def segment_sheet(count: int = 8, seed: int = 0) -> Image.Image:
    """Freshly drawn pictures with the segments that were found, in colours of their own."""
    engine = _engine("segments")
    rng = random.Random(seed)
    cells = []
    for _ in range(count // 2):
        picture = Image.fromarray(draw(random_scene(rng), rng, _CELL).pixels)
        file = io.BytesIO()
        picture.save(file, "PNG")
        found = engine.run([SegmentsRequest(file.getvalue())], _ignore)[0]
        cells += [(picture, "drawn"), (_painted(found), f"{len(found.segments)} segments")]
    return _sheet(cells)


def sound_sheet() -> Image.Image:
    """Spectrograms of ten seconds each: time to the right, frequency upwards, 0 to 8 kHz."""
    engine = _engine("music")
    cells = []
    for seed, prompt in enumerate(SOUND_PROMPTS):
        result = engine.run([MusicRequest(prompt, seed, _SOUND_SECONDS)], _ignore)[0]
        cells.append((spectrogram(_samples(result.data)), prompt))
    return _sheet(cells, columns=3)


def spectrogram(samples: npt.NDArray[np.float32]) -> Image.Image:
    """Levels over 70 dB, loudest white."""
    window = np.hanning(_WINDOW).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * window
    level = 20 * np.log10(np.abs(np.fft.rfft(frames)) + 1e-5)
    shade = np.clip((level - level.max()) / _DECIBELS + 1, 0, 1)
    rows = (shade.T[::-1] * 255).astype(np.uint8)
    return Image.fromarray(rows).resize((_CELL, _CELL), Image.Resampling.LANCZOS).convert("RGB")


def _painted(found: SegmentsResult) -> Image.Image:
    """Every segment in one colour, the largest first, so that small ones stay visible."""
    canvas = Image.new("RGB", (found.width, found.height), "white")
    pen = ImageDraw.Draw(canvas)
    for index, segment in enumerate(found.segments):
        # Hues by the golden ratio are far apart however many there are.
        colour = f"hsv({round(index * 222.5) % 360}, 65%, 90%)"
        for polygon in segment.polygons:
            pen.polygon([tuple(point) for point in polygon], fill=colour, outline="black")
    return canvas


def _sheet(cells: Sequence[tuple[Image.Image, str]], columns: int = _COLUMNS) -> Image.Image:
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * _CELL, rows * (_CELL + _CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    for index, (picture, caption) in enumerate(cells):
        left, top = index % columns * _CELL, index // columns * (_CELL + _CAPTION)
        sheet.paste(picture, (left, top))
        pen.text((left + 4, top + _CELL + 4), _shortened(pen, caption), fill="black", font_size=13)
    return sheet


def _shortened(pen: ImageDraw.ImageDraw, caption: str) -> str:
    words = caption.split(" ")
    while pen.textlength(" ".join(words), font_size=13) > _CELL - 24:
        words = [*words[:-2], "…"] if words[-1] == "…" else [*words[:-1], "…"]
    return " ".join(words)


def _samples(wav: bytes) -> npt.NDArray[np.float32]:
    with wave.open(io.BytesIO(wav)) as file:
        return (np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768).astype(np.float32)


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _ignore(step: int, steps: int, preview: object) -> None:
    """Nobody waits for these."""


SHEETS: dict[str, Callable[[], Image.Image]] = {
    "pictures": picture_sheet,
    "segments": segment_sheet,
    "sounds": sound_sheet,
}


def main() -> None:
    """Parse the command line and write the sheets."""
    parser = argparse.ArgumentParser(description="Draw the contact sheets of docs/models.md.")
    parser.add_argument("sheets", nargs="*", help=f"of {', '.join(SHEETS)}; all by default")
    parser.add_argument("--out", type=Path, default=IMAGES)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.sheets or SHEETS:
        # 256 colours are enough for flat pictures, and a third of the bytes.
        SHEETS[name]().quantize(256).save(arguments.out / f"demo-{name}.png", optimize=True)


if __name__ == "__main__":
    main()

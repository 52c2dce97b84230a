"""The sounds' codes, computed once and then read by every run of the language model's training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from demo_models.music.codec import encode
from demo_models.music.components import EncodecModel
from demo_models.music.profile import CODEBOOKS, FRAME_RATE, Profile
from demo_models.sounds.compose import render
from demo_models.sounds.dataset import random_sounds
from demo_models.training import best_device

Codes = npt.NDArray[np.int16]
_BATCH = 4


def encode_sounds(codec: EncodecModel, profile: Profile, work: Path) -> Codes:
    """Codes of random sounds, int16 (clips, codebooks, frames), read from ``work`` or made there.

    The waveforms are rendered and dropped. A started file is gone on with.
    """
    settings = profile.language
    path, partial = work / "codes.npy", work / "codes.partial"
    shape = (settings.clips, CODEBOOKS, round(settings.clip_seconds * FRAME_RATE))
    if path.exists():
        cached: Codes = np.load(path, mmap_mode="r")
        if cached.shape == shape:
            return cached
    codes = np.lib.format.open_memmap(partial, mode="r+") if partial.exists() else None
    if codes is None or codes.shape != shape:
        codes = np.lib.format.open_memmap(partial, mode="w+", dtype=np.int16, shape=shape)
        codes[:] = -1
    device = best_device()
    codec.to(device)
    sounds = random_sounds(settings.clips, profile.seed + 1)
    for start in range(0, settings.clips, _BATCH):
        stop = min(start + _BATCH, settings.clips)
        if (codes[start:stop] >= 0).all():
            continue
        waves = [render(sounds[row], profile.seed + 1 + row, settings.clip_seconds) for row in range(start, stop)]
        codes[start:stop] = encode(codec, torch.from_numpy(np.stack(waves)).to(device)).cpu().numpy()
        if start % 400 == 0:
            print(f"codes {stop}/{settings.clips}", flush=True)
    codec.to("cpu")
    codes.flush()
    partial.replace(path)
    return codes

"""MusicGen through audiocraft, the library of its authors.

It pins an old torch, so it is installed beside Atelier's own packages by a recipe (requirements-audiocraft.txt) and
imported only when this engine is configured.
"""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from generation.engines.base import MusicRequest, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.folder_engine import bytes_of
from generation.engines.music import LONGEST_SECONDS, MusicEngine
from generation.engines.weights_files import local_folder, refuse_damage

_FILES = ("state_dict.bin", "compression_state_dict.bin")


class AudiocraftEngine(MusicEngine):
    """One checkpoint of the MusicGen family in audiocraft's layout: two files of tensors.

    They are pickles, which `torch.load` reads without running code (`weights_only`, the default since torch 2.6).
    """

    name = "audiocraft"
    index = _FILES[0]

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        # audiocraft itself takes half precision on CUDA and full precision elsewhere.
        dtype = "float16" if device == "cuda" else "float32"
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self._model: Any = None

    def _check_files(self) -> Path:
        folder = local_folder(self._weights)
        missing = [name for name in _FILES if not (folder / name).is_file()]
        if missing:
            raise EngineLoadError(
                f"{' and '.join(missing)} of {self._weights.slug} are missing on this machine. {self._weights.restore}"
            )
        refuse_damage(self._weights)
        return folder

    def _read(self, folder: Path) -> None:
        loaders, musicgen = _import_audiocraft()
        lm = loaders.load_lm_model(folder, device=self.spec.device)
        codec = loaders.load_compression_model(folder, device=self.spec.device)
        self._model = musicgen.MusicGen(self._weights.slug, codec, lm)

    def _place(self) -> int:
        # audiocraft read it on the device: it has no other way.
        return bytes_of(self._model.lm, self._model.compression_model)

    def _drop(self) -> None:
        self._model = None

    def _sample_rate(self) -> int:
        return int(self._model.sample_rate)

    def _steps(self, duration: float) -> int:
        layout: list[Any] = self._model.lm.pattern_provider.get_pattern(self._frames(duration)).layout
        return len(layout) - 1

    def _frames(self, duration: float) -> int:
        rate = float(self._model.frame_rate)
        return min(math.ceil(duration * rate), int(LONGEST_SECONDS * rate))

    def _sample(self, request: MusicRequest, steps: int, report: Callable[[], None]) -> tuple[torch.Tensor, bool]:
        model = self._model
        model.set_generation_params(
            use_sampling=request.temperature > 0,
            temperature=request.temperature or 1.0,
            top_k=min(request.top_k, model.lm.card),
            cfg_coef=request.guidance_scale,
            # audiocraft rounds down to frames: half a frame more keeps that from taking one away.
            duration=min((self._frames(request.duration) + 0.5) / model.frame_rate, LONGEST_SECONDS),
        )
        model.set_custom_progress_callback(lambda done, total: report())
        return model.generate([request.prompt], progress=True)[0], False


def _import_audiocraft() -> tuple[Any, Any]:
    """audiocraft's loaders and its MusicGen. Raises `EngineLoadError` with the recipe where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from audiocraft.models import loaders, musicgen
    except ImportError as error:
        raise EngineLoadError(
            f"audiocraft is not installed ({error}). Run `make audiocraft`, or use the musicgen engine."
        ) from error
    return loaders, musicgen

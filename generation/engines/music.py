"""What the two adapters of MusicGen share: bounds, seeds, steps, and the file that comes out."""

import gc
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from safetensors import SafetensorError

from common.errors import InvalidInput
from generation.engines.base import EngineSpec, MusicRequest, MusicResult, OnStep, Weights
from generation.engines.devices import memory_guard, release_memory
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.wav import Samples, encode_wav, finish_samples
from generation.engines.weights_files import checked_folder, stored_bytes, verified_revision

_log = logging.getLogger(__name__)

# MusicGen's checkpoints were trained on pieces of this length, ours too.
LONGEST_SECONDS = 30.0
# What the libraries raise for files that are missing, damaged or of another kind.
_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


class MusicEngine(ABC):
    """A description → a piece of sound.

    Requests run one after the other: sampling draws from one random stream, which a seed must own alone.
    """

    name: ClassVar[str]
    # The file that a folder of weights must have.
    index: ClassVar[str]

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        self._weights = weights
        self._revision = weights.revision
        self.spec = EngineSpec(
            name=self.name,
            capability="music",
            family=weights.family,
            native_size=weights.native_size,
            max_batch=max_batch,
            bytes=stored_bytes(weights),
            device=device,
            dtype=dtype,
            licence=weights.licence,
        )

    def load(self) -> None:
        """Bring the weights to the device. Raises `EngineLoadError` with the remedy."""
        if self._loaded():
            return
        folder = self._checked_folder()
        self._revision = verified_revision(self._weights)
        with memory_guard(self.spec.device):
            try:
                held = self._read(folder)
            except _LOAD_ERRORS as error:
                _log.exception("cannot load %s from %s", self._weights.slug, folder)
                raise EngineLoadError(
                    f"The weights of {self._weights.slug} are damaged or of another kind. {self._weights.restore}"
                ) from error
        self.spec = replace(self.spec, bytes=held)

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        self._drop()
        gc.collect()
        release_memory(self.spec.device)

    def run(self, requests: Sequence[MusicRequest], on_step: OnStep) -> list[MusicResult]:
        """One WAV for each request, in order; see `Engine.run`. A step is one frame of codes."""
        if not self._loaded():
            raise RuntimeError("the engine is not loaded")
        if not 1 <= len(requests) <= self.spec.max_batch:
            raise ValueError(f"a run takes 1 to {self.spec.max_batch} requests, not {len(requests)}")
        for request in requests:
            _check(request)
        steps = [self._steps(request.duration) for request in requests]
        results = []
        with memory_guard(self.spec.device), torch.inference_mode():
            for index, request in enumerate(requests):
                report = _Report(on_step, sum(steps[:index]), sum(steps))
                results.append(self._run_one(request, steps[index], report))
        return results

    def _run_one(self, request: MusicRequest, steps: int, report: Callable[[], None]) -> MusicResult:
        devices = [torch.cuda.current_device()] if self.spec.device == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(request.seed)
            made, truncated = self._sample(request, steps, report)
        rate = self._sample_rate()
        samples = self._finished(made, rate, request.duration)
        metadata = {
            "engine": self.spec.name,
            "model": self._weights.slug,
            "revision": self._revision,
            "device": self.spec.device,
            "dtype": self.spec.dtype,
            "prompt": request.prompt,
            "prompt_truncated": truncated,
            "seed": request.seed,
            "duration": request.duration,
            "guidance_scale": request.guidance_scale,
            "temperature": request.temperature,
            "top_k": request.top_k,
            "sample_rate": rate,
        }
        return MusicResult(encode_wav(samples, rate, metadata), "audio/wav", rate, len(samples) / rate, metadata)

    def _finished(self, made: torch.Tensor, rate: int, duration: float) -> Samples:
        """`made` is (channels, samples); channels are mixed to one."""
        try:
            samples: Samples = made.float().mean(0).cpu().numpy().astype(np.float32)
            return finish_samples(samples, rate, duration)
        except ValueError as error:
            raise EngineError(
                f"The model's numbers went out of range in {self.spec.dtype}. Use another precision."
            ) from error

    def _checked_folder(self) -> Path:
        return checked_folder(self._weights, index=self.index)

    @abstractmethod
    def _loaded(self) -> bool: ...

    @abstractmethod
    def _read(self, folder: Path) -> int:
        """Load what is in `folder`; returns the bytes held."""

    @abstractmethod
    def _drop(self) -> None: ...

    @abstractmethod
    def _sample_rate(self) -> int: ...

    @abstractmethod
    def _steps(self, duration: float) -> int:
        """How many decoding steps make `duration` seconds."""

    @abstractmethod
    def _sample(self, request: MusicRequest, steps: int, report: Callable[[], None]) -> tuple[torch.Tensor, bool]:
        """At least the samples asked for, (channels, samples), and whether the prompt was cut. Reports each step."""


def _check(request: MusicRequest) -> None:
    if not request.prompt.strip():
        raise InvalidInput("Describe the sound in a few words.")
    if not 0 < request.duration <= LONGEST_SECONDS:
        raise InvalidInput(f"A sound lasts up to {LONGEST_SECONDS:g} seconds.")


class _Report:
    """Counts the steps of all requests of a run."""

    def __init__(self, on_step: OnStep, done: int, steps: int) -> None:
        self._on_step, self._done, self._steps = on_step, done, steps

    def __call__(self) -> None:
        self._done += 1
        self._on_step(self._done, self._steps, None)

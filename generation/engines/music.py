"""What the two adapters of MusicGen share: bounds, seeds, steps, and the file that comes out."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from common.errors import InvalidInput
from generation.engines.base import MusicRequest, MusicResult, OnStep
from generation.engines.errors import EngineError
from generation.engines.folder_engine import FolderEngine, StepCounter
from generation.engines.wav import Samples, encode_wav, finish_samples
from generation.engines.weights_files import checked_folder

# MusicGen's checkpoints were trained on pieces of this length, ours too.
LONGEST_SECONDS = 30.0


class MusicEngine(FolderEngine[MusicRequest, MusicResult]):
    """A description → a piece of sound. A step is one frame of codes.

    Requests run one after the other: sampling draws from one random stream, which a seed must own alone.
    """

    capability = "music"
    # The file that a folder of weights must have.
    index: ClassVar[str]

    def _check_files(self) -> Path:
        return checked_folder(self._weights, index=self.index)

    def _run(self, requests: Sequence[MusicRequest], on_step: OnStep) -> list[MusicResult]:
        for request in requests:
            _check(request)
        steps = [self._steps(request.duration) for request in requests]
        report = StepCounter(on_step, sum(steps))
        return [self._run_one(request, count, report) for request, count in zip(requests, steps, strict=True)]

    def _run_one(self, request: MusicRequest, steps: int, report: Callable[[], None]) -> MusicResult:
        devices = [torch.cuda.current_device()] if self.spec.device == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(request.seed)
            made, truncated = self._sample(request, steps, report)
        rate = self._sample_rate()
        samples = self._finished(made, rate, request.duration)
        metadata = {
            **self._provenance(),
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

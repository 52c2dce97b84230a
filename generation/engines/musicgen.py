"""MusicGen through transformers: a description → a piece of sound.

Copet et al., "Simple and Controllable Music Generation" (2023): a language model over the codes of EnCodec, its
codebooks delayed by one step each.
"""

import gc
import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoTokenizer, MusicgenForConditionalGeneration, StoppingCriteria, StoppingCriteriaList

from common.errors import InvalidInput
from generation.engines.base import EngineSpec, MusicRequest, MusicResult, OnStep, Weights
from generation.engines.devices import memory_guard, release_memory
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.wav import Samples, encode_wav, finish_samples
from generation.engines.weights_files import checked_folder, stored_bytes, verified_revision

_log = logging.getLogger(__name__)

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What transformers raises for files that are missing, damaged or of another kind.
_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)
# A description longer than this has long said what it wants; T5 itself knows no limit.
MAX_PROMPT_TOKENS = 256
# MusicGen's checkpoints were trained on pieces of this length, ours too.
_TRAINED_SECONDS = 30.0


class MusicgenEngine:
    """One checkpoint of the MusicGen family in transformers' layout, safetensors only.

    Requests run one after the other: sampling draws from one random stream, which a seed must own alone.
    """

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        self._weights = weights
        self._revision = weights.revision
        self._model: Any = None
        self._tokenizer: Any = None
        self.spec = EngineSpec(
            name="musicgen",
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
        if self._model is not None:
            return
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        folder = checked_folder(self._weights, index="config.json")
        source = self._weights.source if folder is None else folder
        self._revision = verified_revision(self._weights)
        with memory_guard(self.spec.device):
            try:
                self._tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
                model: Any = MusicgenForConditionalGeneration.from_pretrained(
                    source, dtype=_DTYPES[self.spec.dtype], use_safetensors=True, local_files_only=True
                )
            except _LOAD_ERRORS as error:
                _log.exception("cannot load %s from %s", self._weights.slug, source)
                raise EngineLoadError(
                    f"The weights of {self._weights.slug} are damaged or of another kind. "
                    "Run `manage.py models verify`."
                ) from error
            # The codec is small and its rounding can be heard: it stays exact.
            model.audio_encoder.float()
            self._model = model.eval().to(self.spec.device)
        held = sum(tensor.numel() * tensor.element_size() for tensor in self._model.state_dict().values())
        self.spec = replace(self.spec, bytes=held)

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        self._model = self._tokenizer = None
        gc.collect()
        release_memory(self.spec.device)

    def run(self, requests: Sequence[MusicRequest], on_step: OnStep) -> list[MusicResult]:
        """One WAV for each request, in order; see `Engine.run`. A step is one frame of codes."""
        if self._model is None:
            raise RuntimeError("the engine is not loaded")
        if not 1 <= len(requests) <= self.spec.max_batch:
            raise ValueError(f"a run takes 1 to {self.spec.max_batch} requests, not {len(requests)}")
        steps = [self._steps(request) for request in requests]
        results = []
        with memory_guard(self.spec.device), torch.inference_mode():
            for index, request in enumerate(requests):
                reporter = _StepReporter(on_step, sum(steps[:index]), sum(steps))
                results.append(self._run_one(request, steps[index], reporter))
        return results

    def _steps(self, request: MusicRequest) -> int:
        """Frames of `duration`, and those that the delays of the codebooks add. Raises `InvalidInput`."""
        if not request.prompt.strip():
            raise InvalidInput("Describe the sound in a few words.")
        if not 0 < request.duration <= self.longest:
            raise InvalidInput(f"This model makes sounds of up to {self.longest:g} seconds.")
        rate = float(self._model.config.audio_encoder.frame_rate)
        return math.ceil(request.duration * rate) + int(self._model.decoder.num_codebooks) - 1

    @property
    def longest(self) -> float:
        """The longest sound in whole seconds: as long as there are positions, and no more than was trained."""
        decoder, codec = self._model.config.decoder, self._model.config.audio_encoder
        frames = decoder.max_position_embeddings - int(self._model.decoder.num_codebooks)
        return min(_TRAINED_SECONDS, float(frames // codec.frame_rate))

    def _run_one(self, request: MusicRequest, steps: int, reporter: "_StepReporter") -> MusicResult:
        inputs = self._tokenizer(request.prompt, truncation=True, max_length=MAX_PROMPT_TOKENS, return_tensors="pt")
        whole = len(self._tokenizer(request.prompt).input_ids)
        devices = [torch.cuda.current_device()] if self.spec.device == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(request.seed)
            made = self._model.generate(
                **inputs.to(self.spec.device),
                do_sample=request.temperature > 0,
                temperature=request.temperature or None,
                top_k=request.top_k,
                guidance_scale=request.guidance_scale,
                max_new_tokens=steps,
                stopping_criteria=StoppingCriteriaList([reporter]),
            )
        rate = int(self._model.config.audio_encoder.sampling_rate)
        samples = self._finished(made[0], rate, request.duration)
        metadata = {
            "engine": self.spec.name,
            "model": self._weights.slug,
            "revision": self._revision,
            "device": self.spec.device,
            "dtype": self.spec.dtype,
            "prompt": request.prompt,
            "prompt_truncated": whole > MAX_PROMPT_TOKENS,
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


class _StepReporter(StoppingCriteria):
    """transformers asks after each step whether to stop: nobody stops, but somebody is told."""

    def __init__(self, on_step: OnStep, done: int, steps: int) -> None:
        self._on_step, self._done, self._steps = on_step, done, steps

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        self._done += 1
        self._on_step(self._done, self._steps, None)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

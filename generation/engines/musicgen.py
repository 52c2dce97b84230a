"""MusicGen through transformers.

Copet et al., "Simple and Controllable Music Generation" (2023): a language model over the codes of EnCodec, its
codebooks delayed by one step each.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer, MusicgenForConditionalGeneration, StoppingCriteria, StoppingCriteriaList

from generation.engines.base import MusicRequest, Weights
from generation.engines.folder_engine import DTYPES, bytes_of
from generation.engines.music import MusicEngine

# A description longer than this has long said what it wants; T5 itself knows no limit.
MAX_PROMPT_TOKENS = 256


class MusicgenEngine(MusicEngine):
    """One checkpoint of the MusicGen family in transformers' layout, safetensors only."""

    name = "musicgen"
    index = "config.json"

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self._model: Any = None
        self._tokenizer: Any = None

    def _read(self, folder: Path) -> None:
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model: Any = MusicgenForConditionalGeneration.from_pretrained(
            folder, dtype=DTYPES[self.spec.dtype], use_safetensors=True, local_files_only=True
        )
        # The codec is small and its rounding can be heard: it stays exact.
        model.audio_encoder.float()
        self._model = model.eval()

    def _place(self) -> int:
        return bytes_of(self._model.to(self.spec.device))

    def _drop(self) -> None:
        self._model = self._tokenizer = None

    def _sample_rate(self) -> int:
        return int(self._model.config.audio_encoder.sampling_rate)

    def _steps(self, duration: float) -> int:
        """Frames of `duration`, and those that the delays of the codebooks add."""
        rate = float(self._model.config.audio_encoder.frame_rate)
        return math.ceil(duration * rate) + int(self._model.decoder.num_codebooks) - 1

    def _sample(self, request: MusicRequest, steps: int, report: Callable[[], None]) -> tuple[torch.Tensor, bool]:
        whole = self._tokenizer(request.prompt, return_tensors="pt")
        inputs = self._tokenizer(request.prompt, truncation=True, max_length=MAX_PROMPT_TOKENS, return_tensors="pt")
        made = self._model.generate(
            **inputs.to(self.spec.device),
            do_sample=request.temperature > 0,
            temperature=request.temperature or None,
            top_k=request.top_k,
            guidance_scale=request.guidance_scale,
            max_new_tokens=steps,
            stopping_criteria=StoppingCriteriaList([_StepReporter(report)]),
        )
        return made[0], whole.input_ids.shape[1] > inputs.input_ids.shape[1]


class _StepReporter(StoppingCriteria):
    """transformers asks after each step whether to stop: nobody stops, but somebody is told."""

    def __init__(self, report: Callable[[], None]) -> None:
        self._report = report

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        self._report()
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

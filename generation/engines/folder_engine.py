"""What all adapters share that load their model from a folder: the spec, loading and unloading, the bounds of a run."""

import gc
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import torch
from safetensors import SafetensorError
from torch import nn

from generation.engines.base import EngineSpec, OnStep, Weights
from generation.engines.devices import memory_guard, release_memory
from generation.engines.errors import EngineLoadError
from generation.engines.weights_files import load_failure, stored_bytes, verified_revision

_log = logging.getLogger(__name__)

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What the libraries raise for files that are missing, damaged or of another kind.
_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)

RequestT = TypeVar("RequestT")
ResultT = TypeVar("ResultT")


class FolderEngine(ABC, Generic[RequestT, ResultT]):
    """An engine (see `Engine`) whose weights are files: subclasses say how to check, read, drop and run them."""

    name: ClassVar[str]
    capability: ClassVar[str]

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        self._weights = weights
        self._revision = weights.revision
        self._loaded = False
        self.spec = EngineSpec(
            name=self.name,
            capability=self.capability,
            family=weights.family,
            native_size=weights.native_size,
            max_batch=max_batch,
            bytes=stored_bytes(weights),
            device=device,
            dtype=dtype,
            licence=weights.licence,
            slug=weights.slug,
        )

    def load(self) -> None:
        """Bring the weights to the device. Raises `EngineLoadError` with the remedy."""
        if self._loaded:
            return
        folder = self._check_files()
        self._revision = self._verify()
        try:
            held = self._bring(folder)
        except Exception:
            self._drop()
            raise
        self._loaded = True
        self.spec = replace(self.spec, bytes=held)

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        self._loaded = False
        self._drop()
        gc.collect()
        release_memory(self.spec.device)

    def run(self, requests: Sequence[RequestT], on_step: OnStep) -> list[ResultT]:
        """One result for each request, in order; see `Engine.run`."""
        if not self._loaded:
            raise RuntimeError("the engine is not loaded")
        if not 1 <= len(requests) <= self.spec.max_batch:
            raise ValueError(f"a run takes 1 to {self.spec.max_batch} requests, not {len(requests)}")
        with memory_guard(self.spec.device), torch.inference_mode():
            return self._run(requests, on_step)

    def _bring(self, folder: Path) -> int:
        try:
            # The guard is inside: that memory ran out says nothing against the files.
            with memory_guard(self.spec.device):
                self._read(folder)
        except _LOAD_ERRORS as error:
            _log.exception("cannot load %s from %s", self._weights.slug, folder)
            raise EngineLoadError(load_failure(self._weights)) from error
        with memory_guard(self.spec.device):
            return self._place()

    def _verify(self) -> str:
        """The revision that results name; raises `EngineLoadError` where the files are other ones."""
        return verified_revision(self._weights)

    def _provenance(self) -> dict[str, Any]:
        """What the metadata of every result says."""
        return {
            "engine": self.spec.name,
            "model": self._weights.slug,
            "revision": self._revision,
            "device": self.spec.device,
            "dtype": self.spec.dtype,
        }

    @abstractmethod
    def _check_files(self) -> Path:
        """The folder of the weights, once it is sure to hold what is needed; raises `EngineLoadError`."""

    @abstractmethod
    def _read(self, folder: Path) -> None:
        """Load what is in `folder`. What the libraries raise here is taken for damage of the files."""

    @abstractmethod
    def _place(self) -> int:
        """Bring what was read to the device; returns the bytes held there (see `bytes_of`)."""

    @abstractmethod
    def _drop(self) -> None:
        """Forget everything that `_read` and `_place` made."""

    @abstractmethod
    def _run(self, requests: Sequence[RequestT], on_step: OnStep) -> list[ResultT]:
        """`run`, when the engine is loaded and the number of requests is right."""


class StepCounter:
    """Tells `on_step` of one step after the other, over all parts of a run."""

    def __init__(self, on_step: OnStep, steps: int) -> None:
        self._on_step, self._steps, self._done = on_step, steps, 0

    def __call__(self) -> None:
        self._done += 1
        self._on_step(self._done, self._steps, None)


def bytes_of(*modules: nn.Module) -> int:
    """What the weights of `modules` occupy on their device; those that several share count once."""
    tensors = (tensor for module in modules for tensor in (*module.parameters(), *module.buffers()))
    return sum({tensor.data_ptr(): tensor.numel() * tensor.element_size() for tensor in tensors}.values())

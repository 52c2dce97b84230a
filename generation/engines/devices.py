"""Where models run and how precisely. Imports torch: for workers only."""

import gc
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from generation.engines.errors import EngineLoadError, OutOfMemory

UseGpu = Literal["auto", "true", "false"]

_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_OUT_OF_MEMORY_SIGNS = ("can't allocate memory", "not enough memory", "MPS backend out of memory", "CUDA out of memory")


@dataclass(frozen=True)
class Device:
    """`name` is "cuda", "mps" or "cpu"; `dtype` the default precision; `memory_bytes` what the device has."""

    name: str
    dtype: str
    memory_bytes: int

    @property
    def default_cache_bytes(self) -> int:
        """How many bytes of models are kept unless set: half, as activations and other programs need room as well."""
        return self.memory_bytes // 2

    @property
    def default_max_batch(self) -> int:
        """A CPU is busy with one picture; a GPU at one picture is mostly idle."""
        return 1 if self.name == "cpu" else 4


def choose_device(use_gpu: UseGpu = "auto") -> Device:
    """CUDA, then MPS, then the CPU. Raises `EngineLoadError` where a GPU is demanded and none is usable."""
    if use_gpu != "false":
        if torch.cuda.is_available():
            bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
            memory = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
            return Device("cuda", "bfloat16" if bf16 else "float16", memory)
        if torch.backends.mps.is_available():
            return Device("mps", "float16", torch.mps.recommended_max_memory())
        if use_gpu == "true":
            raise EngineLoadError(
                "USE_GPU is true, but PyTorch finds no GPU. Install its driver, or set USE_GPU to auto or false."
            )
    return Device("cpu", cpu_dtype(), cpu_memory_bytes())


def cpu_dtype() -> str:
    """bfloat16 where the CPU multiplies it in hardware (AMX or AVX-512 bf16), else float32."""
    capabilities = torch.cpu.get_capabilities()
    return "bfloat16" if capabilities.get("amx_bf16") or capabilities.get("avx512_bf16") else "float32"


def cpu_memory_bytes() -> int:
    """The machine's memory, or this container's limit where that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CGROUP_LIMITS:
        try:
            sizes.append(int(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(sizes)


def use_available_cpus() -> int:
    """Give torch as many threads as this process may use CPUs, and return how many."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(count)
    return count


@contextmanager
def memory_guard(device: str) -> Iterator[None]:
    """Turn every kind of exhausted memory into `OutOfMemory`, and give the device's memory back after any failure."""
    try:
        yield
    except Exception as error:
        exhausted = _is_out_of_memory(error)
        if exhausted:
            # The frames of the failed call hold its tensors for as long as the exception lives.
            traceback.clear_frames(error.__traceback__)
            gc.collect()
        release_memory(device)
        if exhausted:
            raise OutOfMemory from error
        raise


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # Only CUDA has a class of its own for it: the CPU's allocator and MPS raise a RuntimeError.
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _OUT_OF_MEMORY_SIGNS)


def release_memory(device: str) -> None:
    """Give back to the device what freed tensors held, so that other programs, and the next model, can have it."""
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()

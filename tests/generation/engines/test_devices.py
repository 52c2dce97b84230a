import os
from pathlib import Path

import pytest
import torch

from generation.engines import devices
from generation.engines.devices import (
    Device,
    choose_device,
    cpu_dtype,
    cpu_memory_bytes,
    memory_guard,
    use_available_cpus,
)
from generation.engines.errors import EngineLoadError, OutOfMemory

_GPU = torch.cuda.is_available() or torch.backends.mps.is_available()


def test_choose_device_without_gpu_allowed_takes_the_cpu() -> None:
    device = choose_device("false")
    assert (device.name, device.dtype) == ("cpu", cpu_dtype())
    assert device.memory_bytes > 100_000_000
    assert device.default_cache_bytes == device.memory_bytes // 2
    assert device.default_max_batch == 1


def test_choose_device_takes_a_gpu_where_there_is_one() -> None:
    assert (choose_device("auto").name in ("cuda", "mps")) is _GPU


def test_choose_device_that_must_have_a_gpu_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(
        EngineLoadError, match=r"USE_GPU is true, but PyTorch finds no GPU\. .* set USE_GPU to auto or false"
    ):
        choose_device("true")


@pytest.mark.parametrize(("bf16", "dtype"), [(True, "bfloat16"), (False, "float16")])
def test_choose_device_on_cuda_takes_the_precision_that_it_has(
    monkeypatch: pytest.MonkeyPatch, bf16: bool, dtype: str
) -> None:
    class Properties:
        total_memory = 8_000

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: Properties)
    assert choose_device("true") == Device("cuda", dtype, 8_000)
    assert choose_device("auto").default_max_batch == 4


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"amx_bf16": True}, "bfloat16"),
        ({"avx512_bf16": True}, "bfloat16"),
        ({"avx2": True}, "float32"),
        ({}, "float32"),
    ],
)
def test_cpu_dtype_is_bf16_only_in_hardware(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], dtype: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert cpu_dtype() == dtype


def test_cpu_memory_is_the_container_limit_where_that_is_less(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit, unlimited = tmp_path / "memory.max", tmp_path / "unlimited"
    limit.write_text("123456\n")
    unlimited.write_text("max\n")
    monkeypatch.setattr(devices, "_CGROUP_LIMITS", (unlimited, tmp_path / "missing"))
    assert cpu_memory_bytes() > 123_456
    monkeypatch.setattr(devices, "_CGROUP_LIMITS", (unlimited, limit))
    assert cpu_memory_bytes() == 123_456


def test_use_available_cpus_counts_this_process_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    try:
        assert use_available_cpus() == torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_memory_guard_maps_what_torch_really_raises_on_a_cpu() -> None:
    with pytest.raises(OutOfMemory, match="Choose a smaller size"), memory_guard("cpu"):
        torch.empty(2**50, dtype=torch.uint8)


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("MPS backend out of memory (...)")],
)
def test_memory_guard_maps_the_other_kinds(error: Exception) -> None:
    with pytest.raises(OutOfMemory) as raised, memory_guard("cpu"):
        raise error
    assert raised.value.code == "out_of_memory"


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), KeyError("x")])
def test_memory_guard_lets_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, memory_guard("cpu"):
        raise error
    assert raised.value is error

"""4 and 5: another personal LoRA at each request against the same one each time, and what 100 of them occupy."""

import gc
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from safetensors.numpy import save_file

from benchmarks.figures import Figure, paired

LORAS, ROUNDS, RANK = 100, 25, 32
SIZE, NATIVE, STEPS = 512, 128, 30
MODEL = Path(__file__).resolve().parent.parent / "models" / "demo" / "stable-diffusion"
_FILES = {"unet": "unet/diffusion_pytorch_model.safetensors", "text_encoder": "text_encoder/model.safetensors"}
# What trainers change unless told otherwise.
_LAYERS = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj")


def run() -> list[Figure]:
    """Warm: each LoRA was used once before. The engine alone, without HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        loras = [_write(Path(folder), seed) for seed in range(LORAS)]
        size = sum(Path(lora.path).stat().st_size for lora in loras)
        engine = _engine()
        _seconds(engine, loras[0])
        # As many runs as with all of them below: what an allocator keeps is no LoRA's.
        for _ in loras:
            _seconds(engine, loras[0], steps=1)
        with_one = _resident_bytes()
        for lora in loras:
            _seconds(engine, lora, steps=1)
        with_all = _resident_bytes()
        turns = iter(range(10 * LORAS))

        def another() -> float:
            return _seconds(engine, loras[1 + next(turns) % (LORAS - 1)])

        def same() -> float:
            # Its swap is not counted: who uses the same one each time makes none.
            _seconds(engine, loras[0], steps=1)
            return _seconds(engine, loras[0])

        ours, peer, ratio = paired(another, same, rounds=ROUNDS)
    note = f"{ROUNDS} pairs of {STEPS} steps, {LORAS} LoRAs of {size / LORAS / 1e6:.2g} MB; unpaired {ours / peer:.3f}"
    return [
        Figure("4", "another LoRA each time ÷ the same one", ratio * peer, peer, "s", 1.03, note=note),
        Figure("5", "memory after 100 LoRAs ÷ after 1, plus their files", with_all, with_one + size, "B", 1.0),
    ]


def _engine() -> Any:
    from generation.engines.base import Weights
    from generation.engines.devices import choose_device
    from generation.engines.stable_diffusion import StableDiffusionEngine

    device = choose_device("auto")
    weights = Weights("demo", str(MODEL), "", "atelier-demo", NATIVE)
    engine = StableDiffusionEngine(weights, device=device.name, dtype=device.dtype, max_batch=1)
    engine.load()
    return engine


def _write(folder: Path, seed: int) -> Any:
    """A LoRA of random numbers for every attention layer of the demo model."""
    from generation.engines.base import Lora
    from generation.engines.safetensors_files import read_header

    random, tensors = np.random.default_rng(seed), {}
    for component, file in _FILES.items():
        for name, shape in read_header(MODEL / file).shapes.items():
            layer = name.removesuffix(".weight")
            if name.endswith(".weight") and layer.endswith(_LAYERS):
                down, up = (RANK, *shape[1:]), (shape[0], RANK)
                tensors[f"{component}.{layer}.lora_A.weight"] = random.standard_normal(down).astype(np.float32)
                tensors[f"{component}.{layer}.lora_B.weight"] = (random.standard_normal(up) / 100).astype(np.float32)
    path = folder / f"{seed}.safetensors"
    save_file(tensors, path)
    return Lora(str(path), sha256(path.read_bytes()).hexdigest(), "benchmark")


def _seconds(engine: Any, lora: Any, steps: int = STEPS) -> float:
    """Wall time of one picture."""
    from generation.engines.base import ImageRequest

    request = ImageRequest("a red circle", 1, SIZE, SIZE, steps, 7.5, lora=lora)
    started = time.perf_counter()
    engine.run([request], lambda step, steps, preview: None)
    return time.perf_counter() - started


def _resident_bytes() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss)

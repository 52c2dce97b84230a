"""Run in audiocraft's own environment: makes a small checkpoint, uses the engine, prints what it saw as JSON.

PYTHONPATH=. python tests/support/audiocraft_session.py FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import audiocraft.quantization
import torch
from audiocraft.models import builders
from omegaconf import OmegaConf

from generation.engines.audiocraft import AudiocraftEngine
from generation.engines.base import MusicRequest, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.wav import read_parameters

SAMPLE_RATE = 16_000
_CODEBOOKS, _CODES, _WIDTH = 4, 64, 32

CODEC = {
    "compression_model": "encodec",
    "encodec": {"autoencoder": "seanet", "quantizer": "rvq", "sample_rate": SAMPLE_RATE, "channels": 1},
    "seanet": {
        "n_filters": 4,
        "n_residual_layers": 1,
        "dimension": 16,
        "ratios": [10, 8, 8],
        "encoder": {},
        "decoder": {},
    },
    "rvq": {"n_q": _CODEBOOKS, "bins": _CODES, "kmeans_init": False},
}
# The words of a description are looked up in a table: the T5 of the published checkpoints would be 220 MB.
LANGUAGE_MODEL: dict[str, Any] = {
    "lm_model": "transformer_lm",
    "transformer_lm": {
        "n_q": _CODEBOOKS,
        "card": _CODES,
        "dim": _WIDTH,
        "num_heads": 2,
        "num_layers": 2,
        "causal": True,
        "custom": True,
    },
    "codebooks_pattern": {"modeling": "delay", "delay": {"delays": list(range(_CODEBOOKS))}},
    "attribute_dropout": {},
    "classifier_free_guidance": {"training_dropout": 0.1, "inference_coef": 3.0},
    "fuser": {"cross": ["description"], "prepend": [], "sum": [], "input_interpolate": []},
    "conditioners": {
        "description": {"model": "lut", "lut": {"n_bins": 256, "dim": _WIDTH, "tokenizer": "noop"}},
        "args": {},
    },
    "dataset": {"segment_duration": 30},
}


def make_checkpoint(folder: Path) -> None:
    """Both files of a checkpoint in audiocraft's layout, with random weights."""
    torch.manual_seed(0)
    for name, settings, build in (
        ("compression_state_dict.bin", CODEC, builders.get_compression_model),
        ("state_dict.bin", LANGUAGE_MODEL, builders.get_lm_model),
    ):
        config = OmegaConf.create({**settings, "device": "cpu", "dtype": "float32"})
        state = build(config).state_dict()
        torch.save({"xp.cfg": OmegaConf.to_yaml(config), "best_state": state}, folder / name)


def _engine(folder: Path) -> AudiocraftEngine:
    weights = Weights("tiny-audiocraft", str(folder), "", "musicgen", SAMPLE_RATE)
    return AudiocraftEngine(weights, device="cpu", dtype="bfloat16", max_batch=2)


def _load_failure(folder: Path) -> str:
    try:
        _engine(folder).load()
    except EngineLoadError as error:
        return error.message
    return ""


class _Stop(Exception):
    pass


def observe(folder: Path) -> dict[str, Any]:
    """What the tests assert on."""
    seen: dict[str, Any] = {"missing": _load_failure(folder)}
    make_checkpoint(folder)
    engine = _engine(folder)
    engine.load()
    steps: list[tuple[int, int]] = []
    requests = [MusicRequest("calm sea", seed, 0.5) for seed in (1, 2)]
    results = engine.run(requests, lambda step, total, preview: steps.append((step, total)))
    again = engine.run(requests[1:], lambda step, total, preview: None)

    def stop(step: int, total: int, preview: Any) -> None:
        if step == 3:
            raise _Stop

    try:
        engine.run(requests, stop)
    except _Stop:
        seen["stopped"] = True
    after = engine.run(requests[1:], lambda step, total, preview: None)
    result = results[0]
    seen |= {
        "duration": result.duration,
        "rate": result.sample_rate,
        "metadata": result.metadata,
        "in_file": read_parameters(result.data),
        "steps": steps,
        "same": results[1] == again[0] == after[0],
        "seeds_differ": results[0].data[-10_000:] != results[1].data[-10_000:],
        "bytes": engine.spec.bytes,
    }
    codec = folder / "compression_state_dict.bin"
    codec.write_bytes(codec.read_bytes()[:1_000])
    seen["truncated"] = _load_failure(folder)
    return seen


if __name__ == "__main__":
    assert audiocraft.quantization
    torch.set_num_threads(1)
    print(json.dumps(observe(Path(sys.argv[1]))))

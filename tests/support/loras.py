"""LoRAs of random numbers for a pipeline in a folder, as each kind of trainer writes them. No torch."""

import json
import struct
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors.numpy import save

from generation.engines.safetensors_files import read_header

Form = Literal["peft", "diffusers", "kohya"]
Array = np.ndarray[Any, Any]

UNET_LAYER = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
TEXT_LAYER = "encoder.layers.0.self_attn.q_proj"
CONVOLUTION = "down_blocks.0.resnets.0.conv1"
LAYERS = (("unet", UNET_LAYER), ("unet", CONVOLUTION), ("text_encoder", TEXT_LAYER))
_FILES = {"unet": "unet/diffusion_pytorch_model.safetensors", "text_encoder": "text_encoder/model.safetensors"}


def lora_bytes(
    pipeline: Path,
    *,
    form: Form = "peft",
    layers: tuple[tuple[str, str], ...] = LAYERS,
    rank: int = 2,
    seed: int = 1,
    strength: float = 0.5,
    alpha: float | None = None,
    dtype: type = np.float32,
) -> bytes:
    """A LoRA file for `layers` of the pipeline; `alpha` is written where the form has it, else the scale is 1."""
    tensors: dict[str, Array] = {}
    metadata = {"format": "pt"}
    for (component, layer), (down, up) in lora_factors(
        pipeline, layers=layers, rank=rank, seed=seed, strength=strength
    ).items():
        down_key, up_key, alpha_key = _keys(form, component, layer)
        tensors |= {down_key: down.astype(dtype), up_key: up.astype(dtype)}
        if alpha is not None and alpha_key:
            tensors[alpha_key] = np.array(alpha, dtype)
    if alpha is not None and form == "peft":
        config: dict[str, Any] = {
            f"{component}.{name}": value for component, _ in layers for name, value in _config(alpha, rank).items()
        }
        for component, _ in layers:
            config[f"{component}.target_modules"] = [layer for other, layer in layers if other == component]
        metadata["lora_adapter_metadata"] = json.dumps(config)
    return bytes(save(tensors, metadata))


def lora_factors(
    pipeline: Path,
    *,
    layers: tuple[tuple[str, str], ...] = LAYERS,
    rank: int = 2,
    seed: int = 1,
    strength: float = 0.5,
) -> dict[tuple[str, str], tuple[Array, Array]]:
    """(component, layer) → (down, up) of `lora_bytes` with the same arguments, in float32."""
    random = np.random.default_rng(seed)
    factors = {}
    for component, layer in layers:
        shape = read_header(pipeline / _FILES[component]).shapes[f"{layer}.weight"]
        down = random.standard_normal((rank, *shape[1:])).astype(np.float32)
        up = strength * random.standard_normal((shape[0], rank, *(1 for _ in shape[2:]))).astype(np.float32)
        factors[component, layer] = down, up
    return factors


def raw_file(header: Any, data: bytes = b"", *, length: int | None = None) -> bytes:
    """A file like a safetensors file with any header; `length` is what it says of the header's length."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def _config(alpha: float, rank: int) -> dict[str, Any]:
    """As diffusers writes peft's configuration, without what is the same for all."""
    return {"r": rank, "lora_alpha": alpha, "use_rslora": False, "use_dora": False, "alpha_pattern": {}}


def _keys(form: Form, component: str, layer: str) -> tuple[str, str, str | None]:
    """The names of the two factors and of alpha, with the name of the text encoder's wrapper as trainers have it."""
    named = f"text_model.{layer}" if component == "text_encoder" else layer
    if form == "peft":
        return f"{component}.{named}.lora_A.weight", f"{component}.{named}.lora_B.weight", None
    if form == "kohya":
        prefix = "lora_unet_" if component == "unet" else "lora_te_"
        flat = prefix + named.replace(".", "_")
        return f"{flat}.lora_down.weight", f"{flat}.lora_up.weight", f"{flat}.alpha"
    # As diffusers' first versions: layers of attention are named after their processor.
    above, _, last = named.rpartition(".")
    if component == "unet" and last in ("to_q", "to_k", "to_v"):
        stem = f"unet.{above}.processor.{last}_lora"
    elif component == "text_encoder":
        stem = f"text_encoder.{named}.lora_linear_layer"
    else:
        stem = f"unet.{named}.lora"
    return f"{stem}.down.weight", f"{stem}.up.weight", None

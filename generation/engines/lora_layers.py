"""Which layers of a checkpoint a LoRA file changes, known from the headers alone. No torch.

What is refused here was never read by a library. The same module tells the engine where each tensor belongs, so that
what was checked is what is merged.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, prod, sqrt
from typing import Any

from common.errors import InvalidInput
from generation.engines.safetensors_files import Header, Tensor

COMPONENTS = ("unet", "text_encoder")
LARGEST_RANK = 256
_DTYPES = ("F32", "F16", "BF16")
_MOST_TENSORS = 10_000
_LINEAR_DIMENSIONS, _CONVOLUTION_DIMENSIONS = 2, 4

# kohya's trainers write a layer's name with underscores for its dots.
_KOHYA = re.compile(
    r"lora_(?P<component>unet|te|te1)_(?P<layer>[^.]+)\.(?P<part>lora_down\.weight|lora_up\.weight|alpha)"
)
# diffusers and peft keep the dots; earlier versions of diffusers named the layers of an attention processor.
_DOTTED = re.compile(
    r"((?P<component>unet|text_encoder)\.)?(?P<layer>.+?)"
    r"((?P<processor>_lora)\.(down|up)\.weight|(\.lora|\.lora_linear_layer)\.(down|up)\.weight"
    r"|\.lora_[AB]\.weight|\.alpha)"
)
_PROCESSOR_LAYERS = {
    "unet": {"to_out": "to_out.0"},
    "text_encoder": {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"},
}
_DOWN = (".lora_down.weight", ".down.weight", ".lora_A.weight")
_ADAPTER_METADATA = "lora_adapter_metadata"


class UnusableLora(InvalidInput):
    """A LoRA file that does not fit its checkpoint, or is damaged; the sentence says why."""

    code = "unusable_lora"
    message = "The LoRA cannot be used with this checkpoint."


@dataclass(frozen=True)
class Patch:
    """The change of one layer: `scale` · up @ down is added to its weight.

    `down` and `up` name tensors of the file, of shape (rank, in, …) and (out, rank, …). `alpha`, where there is one,
    names a tensor of one number, and `scale` is then its divisor's inverse, 1 / rank.
    """

    component: str
    layer: str
    down: str
    up: str
    alpha: str | None
    rank: int
    scale: float


class Layers:
    """The layers of a checkpoint that a LoRA may change, by component: shapes of weights of 2 or 4 dimensions."""

    def __init__(self, shapes: Mapping[str, Mapping[str, tuple[int, ...]]]) -> None:
        """`shapes`: component → name of a tensor, as in its file or module → shape."""
        self._shapes = {
            component: {
                plain_name(name.removesuffix(".weight")): shape
                for name, shape in named.items()
                if name.endswith(".weight") and len(shape) in (_LINEAR_DIMENSIONS, _CONVOLUTION_DIMENSIONS)
            }
            for component, named in shapes.items()
        }
        self._flat = {
            component: {layer.replace(".", "_"): layer for layer in layers}
            for component, layers in self._shapes.items()
        }

    def __getitem__(self, place: tuple[str, str]) -> tuple[int, ...]:
        component, layer = place
        return self._shapes[component][layer]

    def place_of(self, key: str) -> tuple[str, str] | None:
        """(component, layer) that a tensor of a LoRA belongs to; None where this checkpoint has no such layer."""
        if match := _KOHYA.fullmatch(key):
            component = "unet" if match["component"] == "unet" else "text_encoder"
            layer = self._flat.get(component, {}).get(match["layer"].removeprefix("text_model_"), "")
        elif match := _DOTTED.fullmatch(key):
            component = match["component"] or "unet"
            layer = plain_name(match["layer"].replace(".processor.", "."))
            if match["processor"]:
                above, _, last = layer.rpartition(".")
                layer = f"{above}.{_PROCESSOR_LAYERS[component].get(last, last)}"
        else:
            return None
        return (component, layer) if layer in self._shapes.get(component, {}) else None


def plain_name(layer: str) -> str:
    """A layer's name without the wrapper that some versions of transformers put around a text encoder."""
    return layer.removeprefix("text_model.")


def plan_patches(header: Header, layers: Layers) -> list[Patch]:
    """What a LoRA file changes, each layer once. Raises `UnusableLora` for anything that does not fit in full."""
    if not 0 < len(header.tensors) <= _MOST_TENSORS:
        raise UnusableLora(f"The file has {len(header.tensors)} tensors; a LoRA has 2 to {_MOST_TENSORS}.")
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for key, tensor in header.tensors.items():
        place = layers.place_of(key)
        if place is None:
            raise UnusableLora(
                f"The tensor {key[:120]!r} belongs to no layer of this checkpoint. Only LoRAs for its UNet and text "
                "encoder can be used, as kohya's trainers, diffusers or peft write them."
            )
        if tensor.dtype not in _DTYPES:
            raise UnusableLora(f"The tensor {key[:120]!r} is {tensor.dtype}; use {', '.join(_DTYPES)}.")
        part = "alpha" if key.endswith(".alpha") else "down" if key.endswith(_DOWN) else "up"
        if parts.setdefault(place, {}).setdefault(part, key) != key:
            raise UnusableLora(f"The layer {place[1]!r} is changed twice.")
    scales = _Scales(header.metadata)
    return [_patch(place, keys, header, layers[place], scales) for place, keys in parts.items()]


def _patch(
    place: tuple[str, str], keys: Mapping[str, str], header: Header, shape: tuple[int, ...], scales: "_Scales"
) -> Patch:
    component, layer = place
    if not {"down", "up"} <= set(keys):
        raise UnusableLora(f"The layer {layer!r} has only one half of its change.")
    down, up = header.tensors[keys["down"]], header.tensors[keys["up"]]
    rank = down.shape[0] if down.shape else 0
    if not 1 <= rank <= LARGEST_RANK:
        raise UnusableLora(f"The layer {layer!r} has rank {rank}; it must be between 1 and {LARGEST_RANK}.")
    if not _fits(down, up, rank, shape):
        raise UnusableLora(
            f"The layer {layer!r} has the shape {list(shape)}, and the file is for another: it is a LoRA of another "
            "kind of model."
        )
    alpha = keys.get("alpha")
    if alpha is not None and prod(header.tensors[alpha].shape) != 1:
        raise UnusableLora(f"The alpha of the layer {layer!r} is no single number.")
    scale = 1 / rank if alpha is not None else scales.of(component, layer, rank)
    return Patch(component, layer, keys["down"], keys["up"], alpha, rank, scale)


def _fits(down: Tensor, up: Tensor, rank: int, shape: tuple[int, ...]) -> bool:
    # A 1 × 1 convolution and a linear layer are the same change, written in 4 or in 2 dimensions.
    return (
        prod(down.shape[1:]) == prod(shape[1:])
        and len(up.shape) >= _LINEAR_DIMENSIONS
        and up.shape[0] == shape[0]
        and prod(up.shape[1:]) == rank
    )


class _Scales:
    """The scales that diffusers writes into the file's metadata, where a layer has no alpha of its own."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        try:
            self._config: Any = json.loads(metadata.get(_ADAPTER_METADATA, "{}"))
        except (ValueError, RecursionError):
            self._config = None
        if not isinstance(self._config, dict):
            raise UnusableLora("The metadata of the file about its LoRA are damaged.")
        if any(self._config.get(f"{component}.use_dora") for component in COMPONENTS):
            raise UnusableLora("The file is a DoRA, which is not known here. Use a LoRA.")

    def of(self, component: str, layer: str, rank: int) -> float:
        alpha = self._config.get(f"{component}.lora_alpha", rank)
        for pattern, value in self._patterns(component):
            if layer == pattern or layer.endswith(f".{pattern}"):
                alpha = value
        if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not isfinite(alpha):
            raise UnusableLora(f"The alpha of the layer {layer!r} is no number.")
        return alpha / (sqrt(rank) if self._config.get(f"{component}.use_rslora") else rank)

    def _patterns(self, component: str) -> Iterator[tuple[str, Any]]:
        patterns = self._config.get(f"{component}.alpha_pattern") or {}
        if not isinstance(patterns, dict):
            raise UnusableLora("The metadata of the file about its LoRA are damaged.")
        for pattern, value in patterns.items():
            yield plain_name(pattern), value

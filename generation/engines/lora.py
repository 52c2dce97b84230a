"""LoRAs in a loaded model: merged into its weights in place, and taken out again to the last bit.

Merging costs a pass over the layers that the LoRA changes, and then nothing in any step; no adapter modules come and
go, so that nothing is compiled or traced anew. The weights of the changed layers are kept as they were: taking a LoRA
out copies them back, as subtracting it would not give the same bits.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from generation.engines.base import Lora
from generation.engines.errors import EngineLoadError
from generation.engines.lora_layers import Layers, UnusableLora, plain_name, plan_patches
from generation.engines.revisions import file_digest
from generation.engines.safetensors_files import WrongFile, read_header

_log = logging.getLogger(__name__)

# Of LoRAs that were used lately, on the device: a usual one for Stable Diffusion 1.5 takes 3 to 40 MB.
CACHE_BYTES = 2**30
Place = tuple[str, str]


@dataclass(frozen=True)
class Delta:
    """The change of one layer: `scale` · up @ down, of shapes (out, rank) and (rank, in · …)."""

    up: torch.Tensor
    down: torch.Tensor
    scale: float


Deltas = Mapping[Place, Delta]


class LoraCache:
    """Parsed LoRAs by their SHA-256, at most `budget_bytes` of them, but always the one that was used last."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._held: OrderedDict[str, tuple[Deltas, int]] = OrderedDict()  # least recently used first

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self._held.values())

    def forget(self, sha256: str) -> bool:
        """Let go of a LoRA; whether it was held."""
        return self._held.pop(sha256, None) is not None

    def get(self, lora: Lora, layers: Layers, device: str) -> Deltas:
        """The changes of a LoRA, on `device`. Raises `EngineLoadError`."""
        if lora.sha256 not in self._held:
            deltas = read_lora(lora, layers, device)
            size = sum(each.up.nbytes + each.down.nbytes for each in deltas.values())
            self._held[lora.sha256] = deltas, size
        self._held.move_to_end(lora.sha256)
        while self.bytes > self._budget_bytes and len(self._held) > 1:
            self._held.popitem(last=False)
        return self._held[lora.sha256][0]


class LoraSwitch:
    """Which LoRA is merged into the weights of `components` (name → module); at first none."""

    def __init__(self, components: Mapping[str, nn.Module], device: str, cache_bytes: int = CACHE_BYTES) -> None:
        self._device = device
        self._weights: dict[Place, nn.Parameter] = {}
        shapes = {}
        for component, module in components.items():
            for name, weight in module.named_parameters():
                self._weights[component, plain_name(name.removesuffix(".weight"))] = weight
            shapes[component] = {name: tuple(weight.shape) for name, weight in module.named_parameters()}
        self._layers = Layers(shapes)
        self._cache = LoraCache(cache_bytes)
        self._base: dict[Place, torch.Tensor] = {}
        self._merged: str | None = None

    @property
    def cached_bytes(self) -> int:
        return self._cache.bytes

    @property
    def base_bytes(self) -> int:
        """What the kept weights of the changed layers occupy."""
        return sum(tensor.nbytes for tensor in self._base.values())

    def put_on(self, lora: Lora | None) -> None:
        """Make the weights those of the checkpoint with `lora` alone, or of the checkpoint as it was for None.

        Raises `EngineLoadError` where the file cannot be used; the weights are then what they were before.
        """
        wanted = lora.sha256 if lora else None
        if wanted == self._merged:
            return
        deltas = self._cache.get(lora, self._layers, self._device) if lora else {}
        self._merged = None
        try:
            with torch.no_grad():
                self._restore(set(self._base) - set(deltas))
                for place, delta in deltas.items():
                    self._merge(place, delta)
        except BaseException:
            with torch.no_grad():
                self._restore(set(self._base))
            raise
        self._merged = wanted

    def keep(self, lora: Lora) -> None:
        """Read a LoRA without changing the weights. Raises `EngineLoadError`."""
        self._cache.get(lora, self._layers, self._device)

    def forget(self, lora: Lora) -> bool:
        """Take a LoRA out of the weights and let go of it; whether it was held."""
        if self._merged == lora.sha256:
            self.put_on(None)
        return self._cache.forget(lora.sha256)

    def _merge(self, place: Place, delta: Delta) -> None:
        weight = self._weights[place]
        base = self._base.get(place)
        if base is None:
            base = self._base[place] = weight.detach().clone()
        # In float32, and rounded once: the same LoRA always gives the same weights, whatever was merged before.
        changed = torch.addmm(base.float().flatten(1), delta.up.float(), delta.down.float(), alpha=delta.scale)
        weight.copy_(changed.view_as(weight))

    def _restore(self, places: set[Place]) -> None:
        for place in places:
            self._weights[place].copy_(self._base[place])
            del self._base[place]


def read_lora(lora: Lora, layers: Layers, device: str) -> dict[Place, Delta]:
    """The changes in a LoRA's file, once its SHA-256 and its header are right. Raises `EngineLoadError`."""
    path = Path(lora.path)
    try:
        if file_digest(path) != lora.sha256:
            raise WrongFile("has another SHA-256 than it should.")
        patches = plan_patches(read_header(path), layers)
        tensors = load_file(path, device=device)
    except FileNotFoundError as error:
        _log.error("no LoRA in %s", path)
        raise EngineLoadError("The file of the LoRA is missing on this machine. Add the LoRA again.") from error
    except (OSError, SafetensorError, WrongFile, UnusableLora) as error:
        _log.exception("cannot read the LoRA in %s", path)
        raise EngineLoadError("The file of the LoRA is damaged. Delete the LoRA and add it again.") from error
    deltas = {}
    for patch in patches:
        alpha = tensors[patch.alpha].item() if patch.alpha else 1.0
        up, down = tensors[patch.up].flatten(1), tensors[patch.down].flatten(1)
        deltas[patch.component, patch.layer] = Delta(up, down, alpha * patch.scale)
    return deltas

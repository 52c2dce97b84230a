"""Orthogonalised momentum for weight matrices, Adam for everything else.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). On these networks, with as many
steps as a processor affords, it reaches the loss of Adam in well under half the steps; orthogonalising costs a
tenth of a step.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

_ITERATIONS = 5
# Coefficients of the quintic iteration that drives all singular values near 1 (Jordan et al., 2024).
_A, _B, _C = 3.4445, -4.7750, 2.0315
_MOMENTUM = 0.95
_DECAY = 0.01
# Layers next to pixels, latents or timesteps are thin, and what they scale matters: Adam keeps it.
_THIN = 8


class Optimiser:
    """Steps all parameters of a module; their gradients must be set."""

    def __init__(self, module: nn.Module, *, matrix_rate: float, rate: float, every: int = 1) -> None:
        """Peak learning rates: ``matrix_rate`` of the matrices (and convolutions), ``rate`` of the rest.

        Each matrix's direction is found anew only every ``every`` steps, the matrices taking turns: the momentum
        changes little in so short a time.
        """
        self.parameters = list(module.parameters())
        self._matrices = [weight for weight in self.parameters if weight.ndim > 1 and min(weight.shape[:2]) > _THIN]
        ours = {id(weight) for weight in self._matrices}
        others = [weight for weight in self.parameters if id(weight) not in ours]
        self._momenta = [torch.zeros_like(weight) for weight in self._matrices]
        self._directions = [torch.zeros_like(weight, dtype=torch.bfloat16) for weight in self._matrices]
        self._adam = torch.optim.AdamW(others, rate, betas=(0.9, 0.98), weight_decay=_DECAY, fused=True)
        self._matrix_rate, self._rate, self._every, self._steps = matrix_rate, rate, every, 0

    @torch.no_grad()
    def step(self, share: float) -> None:
        """Change the parameters at ``share`` (0-1) of the peak learning rates, and forget the gradients."""
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self._adam.param_groups:
            group["lr"] = share * self._rate
        self._adam.step()
        for index, (weight, momentum) in enumerate(zip(self._matrices, self._momenta, strict=True)):
            if weight.grad is None:
                continue
            momentum.lerp_(weight.grad, 1 - _MOMENTUM)
            if self._steps == 0 or (self._steps + index) % self._every == 0:
                ahead = weight.grad.lerp(momentum, _MOMENTUM).flatten(1)
                self._directions[index].copy_(orthogonalise(ahead).reshape(weight.shape))
            rows, columns = weight.shape[0], weight[0].numel()
            rate = share * self._matrix_rate
            weight.mul_(1 - rate * _DECAY)
            weight.add_(self._directions[index], alpha=-rate * max(1.0, rows / columns) ** 0.5)
        self._steps += 1
        for weight in self.parameters:
            weight.grad = None

    def state_dict(self) -> dict[str, Any]:
        """What :meth:`load_state_dict` needs to go on as if nothing had happened."""
        return {
            "adam": self._adam.state_dict(),
            "momenta": self._momenta,
            "directions": self._directions,
            "steps": self._steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self._adam.load_state_dict(state["adam"])
        self._steps = state["steps"]
        for ours, saved in ((self._momenta, state["momenta"]), (self._directions, state["directions"])):
            for tensor, value in zip(ours, saved, strict=True):
                tensor.copy_(value)


def orthogonalise(matrix: Tensor) -> Tensor:
    """``matrix`` (rows, columns) with all its singular values brought near 1 (0.7 to 1.2), float32.

    Computed in bfloat16, which is enough for a direction.
    """
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = (wide / (wide.norm() + 1e-7)).bfloat16()
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    result: Tensor = (x.T if matrix.shape[0] > matrix.shape[1] else x).float()
    return result


@torch.no_grad()
def silence_residuals(module: nn.Module) -> None:
    """Let every residual block begin as the identity: gradients reach all layers from the first step on."""
    for part in module.modules():
        if isinstance(part, ResnetBlock2D):
            for parameter in part.conv2.parameters():
                parameter.zero_()

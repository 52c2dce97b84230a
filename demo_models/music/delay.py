"""MusicGen's delay pattern: each codebook lags one step behind the one before.

Copet et al., "Simple and Controllable Music Generation" (2023). Laid out as transformers does in generation.
"""

from __future__ import annotations

import torch
from torch import Tensor


def delay(codes: Tensor, pad: int) -> Tensor:
    """Codes (n, codebooks, frames) to the sequence that the decoder sees, (n, codebooks, frames + codebooks).

    Column 0 is the start token, which is ``pad`` too; codebook k begins in column k + 1.
    """
    count, codebooks, frames = codes.shape
    sequence = codes.new_full((count, codebooks, frames + codebooks), pad)
    for codebook in range(codebooks):
        sequence[:, codebook, codebook + 1 : codebook + 1 + frames] = codes[:, codebook]
    return sequence


def steps_for(frames: int, codebooks: int) -> int:
    """Decoding steps (``max_new_tokens``) that give ``frames``: the last codebook's lag comes on top."""
    return frames + codebooks - 1


def undelay(sequence: Tensor) -> Tensor:
    """The inverse of :func:`delay`."""
    codebooks = sequence.shape[1]
    frames = sequence.shape[2] - codebooks
    return torch.stack([sequence[:, k, k + 1 : k + 1 + frames] for k in range(codebooks)], 1)

"""Training of EnCodec's residual vector quantiser, which transformers leaves out.

Straight-through gradients and codebooks that follow an exponential moving average of what falls to
them: van den Oord et al., "Neural Discrete Representation Learning" (2017), appendix A.1. The residual
chain and the revival of unused codes: Zeghidour et al., "SoundStream" (2021).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

DECAY = 0.99
# A code that is chosen less often than this share of the mean is moved to a latent of the batch.
REVIVAL_SHARE = 0.1


def quantise(quantiser: Any, latents: Tensor, *, update: bool) -> tuple[Tensor, Tensor]:
    """Latents (n, width, frames) replaced by their codes' vectors, with the gradient passed straight through.

    Returns them and the commitment loss, a scalar. ``quantiser`` is transformers' residual quantiser; its
    codebooks move towards the latents if ``update``. In float32 whatever the autocast.
    """
    flat = latents.float().transpose(1, 2).reshape(-1, latents.shape[1])
    residual, total = flat, torch.zeros_like(flat)
    loss = flat.new_zeros(())
    for layer in quantiser.layers:
        codebook = layer.codebook
        indices = codebook.quantize(residual.detach())
        vectors = codebook.embed[indices]
        loss = loss + (residual - vectors).square().mean()
        if update:
            _move(codebook, residual.detach(), indices)
        total = total + vectors
        residual = residual - vectors
    through = flat + (total - flat).detach()
    return through.view(latents.shape[0], -1, latents.shape[1]).transpose(1, 2), loss / len(quantiser.layers)


@torch.no_grad()
def _move(codebook: Any, latents: Tensor, indices: Tensor) -> None:
    """One step of the moving averages, and revival of codes that are hardly ever chosen."""
    size = codebook.codebook_size
    counts = torch.bincount(indices, minlength=size).float()
    sums = torch.zeros_like(codebook.embed).index_add_(0, indices, latents)
    codebook.cluster_size.lerp_(counts, 1 - DECAY)
    codebook.embed_avg.lerp_(sums, 1 - DECAY)
    mean = codebook.cluster_size.mean()
    unused = codebook.cluster_size < REVIVAL_SHARE * mean
    if unused.any():
        chosen = latents[torch.randint(len(latents), (int(unused.sum()),))]
        codebook.cluster_size[unused] = mean
        codebook.embed_avg[unused] = chosen * mean
    codebook.embed.copy_(codebook.embed_avg / codebook.cluster_size[:, None])


@torch.no_grad()
def start_codebooks(quantiser: Any, latents: Tensor, rounds: int = 12) -> None:
    """Set the codebooks by k-means over ``latents`` (n, width), each on what the earlier ones leave over."""
    residual = latents
    for layer in quantiser.layers:
        codebook = layer.codebook
        size = codebook.codebook_size
        codebook.embed.copy_(residual[torch.randperm(len(residual))[:size].repeat(size)[:size]])
        for _ in range(rounds):
            indices = codebook.quantize(residual)
            counts = torch.bincount(indices, minlength=size).float()[:, None]
            sums = torch.zeros_like(codebook.embed).index_add_(0, indices, residual)
            spare = residual[torch.randint(len(residual), (size,))]
            codebook.embed.copy_(torch.where(counts > 0, sums / counts.clamp(min=1), spare))
        indices = codebook.quantize(residual)
        counts = torch.bincount(indices, minlength=size).float()
        codebook.cluster_size.copy_(counts.clamp(min=0.1) / counts.mean())
        codebook.embed_avg.copy_(codebook.embed * codebook.cluster_size[:, None])
        residual = residual - codebook.embed[indices]


@torch.no_grad()
def codes_in_use(codes: Tensor, size: int) -> list[float]:
    """Perplexity of each codebook's choices over ``size``: 1 where all codes are equally frequent.

    ``codes`` is (codebooks, any number of frames).
    """
    shares = []
    for row in codes:
        share = torch.bincount(row.flatten(), minlength=size).float()
        share = share / share.sum()
        entropy = -(share * share.clamp(min=1e-9).log()).sum()
        shares.append(float(entropy.exp()) / size)
    return shares

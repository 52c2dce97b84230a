"""The quantiser passes gradients straight through, and its codebooks follow what they are shown."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from demo_models.music.codec import build_codec
from demo_models.music.profile import QUICK
from demo_models.music.quantiser import codes_in_use, quantise, start_codebooks

WIDTH, CODES = QUICK.codec.width, QUICK.codec.codes


@pytest.fixture
def quantiser() -> Any:
    torch.manual_seed(0)
    return build_codec(QUICK.codec).quantizer


def clusters(count: int, places: int = CODES) -> Tensor:
    """``count`` latents (count, width) close to ``places`` points."""
    generator = torch.Generator().manual_seed(1)
    points = torch.randn(places, WIDTH, generator=generator)
    return points[torch.arange(count) % places] + 0.01 * torch.randn(count, WIDTH, generator=generator)


def as_batch(flat: Tensor) -> Tensor:
    return flat.T[None]


def test_k_means_finds_the_clusters(quantiser: Any) -> None:
    latents = clusters(640)
    start_codebooks(quantiser, latents)
    _, loss = quantise(quantiser, as_batch(latents), update=False)

    assert loss < 0.3 * latents.square().mean()


def test_result_is_what_transformers_decodes(quantiser: Any) -> None:
    latents = as_batch(clusters(50))
    start_codebooks(quantiser, clusters(640))
    ours, _ = quantise(quantiser, latents, update=False)
    theirs = quantiser.decode(quantiser.encode(latents))

    torch.testing.assert_close(ours, theirs)


def test_gradient_passes_as_if_nothing_were_there(quantiser: Any) -> None:
    start_codebooks(quantiser, clusters(640))
    latents = as_batch(clusters(20)).requires_grad_()
    passed = torch.randn(latents.shape)
    (quantise(quantiser, latents, update=False)[0] * passed).sum().backward()

    torch.testing.assert_close(latents.grad, passed)


def test_commitment_draws_latents_to_their_codes(quantiser: Any) -> None:
    start_codebooks(quantiser, clusters(640))
    latents = (as_batch(clusters(40)) + 0.3).requires_grad_()
    _, loss = quantise(quantiser, latents, update=False)
    (gradient,) = torch.autograd.grad(loss, latents)
    _, nearer = quantise(quantiser, latents - 0.5 * gradient / gradient.norm(), update=False)

    assert nearer < loss


def test_codebooks_follow_and_unused_codes_are_revived(quantiser: Any) -> None:
    start_codebooks(quantiser, clusters(640))
    moved = as_batch(clusters(320) + 2.0)
    torch.manual_seed(0)
    losses = [float(quantise(quantiser, moved, update=True)[1]) for _ in range(400)]

    assert losses[-1] < 0.5 * losses[0]
    used = quantiser.layers[0].codebook.quantize(moved[0].T).unique()
    assert len(used) > CODES // 2


def test_without_update_nothing_moves(quantiser: Any) -> None:
    start_codebooks(quantiser, clusters(640))
    before = {name: value.clone() for name, value in quantiser.state_dict().items()}
    quantise(quantiser, as_batch(clusters(100) + 2.0), update=False)

    assert all(torch.equal(value, before[name]) for name, value in quantiser.state_dict().items())


def test_perplexity_tells_equal_use_from_one_code() -> None:
    even, single = torch.arange(64) % 16, torch.zeros(64, dtype=torch.long)

    assert codes_in_use(torch.stack([even, single]), 16) == pytest.approx([1.0, 1 / 16])

"""Orthogonalised updates: their law, that they learn, and that they resume."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

from demo_models.optimiser import Optimiser, orthogonalise, silence_residuals


@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (12, 90), (90, 12)])
def test_orthogonalised_matrices_have_singular_values_near_one(rows: int, columns: int) -> None:
    generator = torch.Generator().manual_seed(rows)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(rows, columns, generator=generator)))

    assert values.median() == pytest.approx(1.0, abs=0.25)
    assert values.max() < 1.4


def test_a_matrix_of_rank_one_stays_of_rank_one() -> None:
    column, row = torch.ones(40, 1), torch.linspace(-1, 1, 300)[None]
    values = torch.linalg.svdvals(orthogonalise(column @ row))

    assert 0.6 < values[0] < 1.4
    assert values[1] < 0.1


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(12, 32), nn.Tanh(), nn.Linear(32, 1))


def learn(module: nn.Module, optimiser: Optimiser, steps: range) -> float:
    loss = torch.zeros(())
    for step in steps:
        inputs = torch.randn(64, 12, generator=torch.Generator().manual_seed(step))
        loss = (module(inputs) - inputs.square().mean(1, keepdim=True)).square().mean()
        loss.backward()
        optimiser.step(1.0)
    return loss.item()


def test_it_learns_and_forgets_the_gradients() -> None:
    module = network()
    optimiser = Optimiser(module, matrix_rate=0.02, rate=1e-2)
    before = learn(module, optimiser, range(1))
    after = learn(module, optimiser, range(1, 60))

    assert after < 0.5 * before
    assert all(parameter.grad is None for parameter in module.parameters())


@pytest.mark.parametrize("every", [1, 3])
def test_a_restored_state_goes_on_as_if_never_stopped(every: int) -> None:
    first, second = network(), network()
    unbroken = Optimiser(first, matrix_rate=0.02, rate=1e-2, every=every)
    learn(first, unbroken, range(10))
    second.load_state_dict(first.state_dict())
    resumed = Optimiser(second, matrix_rate=0.02, rate=1e-2, every=every)
    resumed.load_state_dict(deepcopy(unbroken.state_dict()))
    learn(first, unbroken, range(10, 15))
    learn(second, resumed, range(10, 15))

    for left, right in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(left, right)


def test_silenced_blocks_hand_on_what_they_get() -> None:
    block = ResnetBlock2D(in_channels=8, out_channels=8, temb_channels=4, groups=2)
    silence_residuals(block)
    picture = torch.randn(1, 8, 4, 4)

    torch.testing.assert_close(block(picture, torch.randn(1, 4)), picture)

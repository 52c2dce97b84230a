"""The losses prefer the right mask."""

from __future__ import annotations

import torch

from demo_models.segments.losses import affinity_loss, mask_iou, mask_losses

TARGET = torch.zeros(1, 8, 8)
TARGET[0, 2:6, 2:6] = 1
RIGHT = (TARGET * 2 - 1) * 8
SHIFTED = RIGHT.roll(2, dims=2)


def test_a_better_mask_costs_less() -> None:
    right, shifted, wrong = (mask_losses(logits, TARGET).item() for logits in (RIGHT, SHIFTED, -RIGHT))
    assert right < 0.01 < shifted < wrong
    right, shifted, wrong = (affinity_loss(logits, TARGET).item() for logits in (RIGHT, SHIFTED, -RIGHT))
    assert right < 0.01 < shifted < wrong


def test_each_guess_has_a_loss_of_its_own() -> None:
    guesses = torch.cat([SHIFTED, RIGHT, -RIGHT]).unsqueeze(0)
    losses = mask_losses(guesses, TARGET.unsqueeze(1))
    assert losses.shape == (1, 3)
    assert losses.argmin() == 1


def test_soft_targets_are_met_by_their_own_share() -> None:
    half = torch.full((1, 8, 8), 0.5)
    logits = torch.zeros(1, 8, 8, requires_grad=True)
    (focal_gradient,) = torch.autograd.grad(mask_losses(logits, half).sum(), logits)
    (other_gradient,) = torch.autograd.grad(mask_losses(logits + 1, half).sum(), logits)
    assert focal_gradient.abs().max() < other_gradient.abs().max()


def test_iou_counts_pixels() -> None:
    assert mask_iou(RIGHT, TARGET).item() == 1
    assert mask_iou(SHIFTED, TARGET).item() == torch.tensor(8 / 24).item()
    assert mask_iou(-RIGHT, TARGET).item() == 0
    assert mask_iou(torch.full((1, 8, 8), -1.0), torch.zeros(1, 8, 8)).item() == 0

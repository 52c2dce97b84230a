"""What a mask is judged by in training."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

FOCAL_WEIGHT = 20.0


def mask_losses(logits: Tensor, target: Tensor) -> Tensor:
    """Focal and dice loss, 20 : 1, of each mask: Kirillov et al., "Segment Anything" (2023), appendix A.

    ``logits`` (..., height, width); ``target``, which broadcasts against it, is the covered share of each pixel, 0-1.
    The focal loss is the one for such soft targets: Li et al., "Generalized Focal Loss" (2020).
    """
    logits, target = torch.broadcast_tensors(logits.float(), target)
    share = logits.sigmoid()
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    focal = (entropy * (share - target).square()).mean((-2, -1))
    overlap = (share * target).sum((-2, -1))
    dice = 1 - (2 * overlap + 1) / (share.sum((-2, -1)) + target.sum((-2, -1)) + 1)
    return FOCAL_WEIGHT * focal + dice


def affinity_loss(logits: Tensor, same: Tensor) -> Tensor:
    """Does a pixel belong to what was clicked on? Cross entropy with both answers weighing the same, and dice.

    ``logits`` (clicks, height, width); ``same``, of that shape, is the covered share of each pixel, 0-1.
    """
    logits = logits.float()
    entropy = F.binary_cross_entropy_with_logits(logits, same, reduction="none")
    inside, outside = same.sum((-2, -1)).clamp(min=1), (1 - same).sum((-2, -1)).clamp(min=1)
    balanced = (entropy * same).sum((-2, -1)) / inside + (entropy * (1 - same)).sum((-2, -1)) / outside
    share = logits.sigmoid()
    dice = 1 - (2 * (share * same).sum((-2, -1)) + 1) / (share.sum((-2, -1)) + same.sum((-2, -1)) + 1)
    return (balanced + dice).mean()


def mask_iou(logits: Tensor, target: Tensor) -> Tensor:
    """Intersection over union, 0-1, of masks cut off at 0 with targets cut off at one half; broadcasts."""
    mask, true = logits > 0, target > 0.5
    union = (mask | true).sum((-2, -1)).clamp(min=1)
    return (mask & true).sum((-2, -1)) / union

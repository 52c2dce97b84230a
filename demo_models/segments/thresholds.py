"""Which of the generator's masks to keep: its thresholds, chosen on pictures that nothing else uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from segment_anything import SamAutomaticMaskGenerator
from segment_anything.modeling import Sam
from torch import Tensor
from torchvision.ops import nms

from analysis.engines.sam_files import GeneratorSettings
from demo_models.segments.judge import Ious, Truth, fresh_pictures, ious_with_truth, score, summarise

POINTS_PER_BATCH = 64
# A fifth is allowed: what holds here may be a little worse elsewhere.
MOST_SPURIOUS = 0.17
_PENALTY = 2.0
_PRED_IOUS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.84, 0.88, 0.92)
_STABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_NMS = (0.5, 0.6, 0.7, 0.8, 0.9)
# In logits: a model that was trained briefly is right long before it is sure.
_OFFSETS = (0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Candidates:
    """Every mask that the model gave for one picture: what it is, and what the generator goes by."""

    truth: Truth
    ious: Ious
    predicted: Tensor
    stability: Tensor
    boxes: Tensor


def choose_settings(sam: Sam, *, points_per_side: int, pictures: int, seed: int) -> GeneratorSettings:
    """The thresholds with the highest mean IoU of objects at which no more masks are spurious than may be."""
    chosen = [_best_settings(sam, offset, points_per_side, pictures, seed) for offset in _OFFSETS]
    return max(chosen, key=lambda each: each[0])[1]


def _best_settings(
    sam: Sam, offset: float, points_per_side: int, pictures: int, seed: int
) -> tuple[float, GeneratorSettings]:
    """The best settings with this offset, and their merit."""
    plain = GeneratorSettings(
        points_per_side=points_per_side, points_per_batch=POINTS_PER_BATCH, stability_score_offset=offset
    )
    loose = replace(plain, pred_iou_thresh=_PRED_IOUS[0], stability_score_thresh=_STABILITIES[0], box_nms_thresh=1.0)
    found = list(_candidates(sam, loose, pictures, seed))

    def merit(settings: GeneratorSettings) -> float:
        figures = summarise(score(each.ious[_kept(each, settings)], each.truth) for each in found)
        return figures["iou_over_2_percent"] - _PENALTY * max(0.0, figures["spurious"] - MOST_SPURIOUS)

    choices = (
        replace(plain, pred_iou_thresh=predicted, stability_score_thresh=stability, box_nms_thresh=overlap)
        for predicted, stability, overlap in product(_PRED_IOUS, _STABILITIES, _NMS)
    )
    return max(((merit(each), each) for each in choices), key=lambda each: each[0])


def _candidates(sam: Sam, settings: GeneratorSettings, pictures: int, seed: int) -> Iterator[Candidates]:
    generator = SamAutomaticMaskGenerator(sam, **vars(settings))
    for drawing, truth in fresh_pictures(pictures, seed):
        found = generator.generate(drawing.pixels)
        left_top = torch.tensor([each["bbox"][:2] for each in found]).reshape(-1, 2)
        extent = torch.tensor([each["bbox"][2:] for each in found]).reshape(-1, 2)
        yield Candidates(
            truth,
            ious_with_truth([each["segmentation"] for each in found], truth),
            torch.tensor([each["predicted_iou"] for each in found]),
            torch.tensor([each["stability_score"] for each in found]),
            torch.cat([left_top, left_top + extent], dim=1).float(),
        )


def _kept(candidates: Candidates, settings: GeneratorSettings) -> np.ndarray:
    """Numbers of the masks that the generator would keep with these settings."""
    good = candidates.predicted > settings.pred_iou_thresh
    good &= candidates.stability >= settings.stability_score_thresh
    numbers = good.nonzero().squeeze(1)
    distinct = nms(candidates.boxes[numbers], candidates.predicted[numbers], settings.box_nms_thresh)
    kept: np.ndarray = numbers[distinct].numpy()
    return kept

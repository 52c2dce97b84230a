"""Scores that mean something: the two numbers of Platt's scaling, fitted on fresh pictures."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import Tensor
from transformers import CLIPTokenizer

from analysis.engines.calibration import FILE, Calibration
from demo_models.labels.model import encode_text, tokenize
from demo_models.labels.pictures import FALSE, TRUE, UNDECIDED, Pictures, augment
from demo_models.labels.train import NEUTRAL_CAPTION
from demo_models.scenes.labels import LABELS
from demo_models.scenes.wording_negatives import NEVER_DRAWN

TEMPLATE = "{label}"
_STRANGE = 60  # labels of what is never drawn beside the bank's
_BATCH = 50


def calibrate(model: CLIP, tokenizer: CLIPTokenizer, pictures: Pictures, seed: int) -> Calibration:
    """The calibration under which the truth of ``pictures``, roughened as in training, is likeliest."""
    strange = random.Random(seed).sample(NEVER_DRAWN, _STRANGE)
    margins = _margins(model, tokenizer, pictures, [*LABELS, *strange], seed)
    truth = torch.from_numpy(pictures.truth)
    truth = torch.cat([truth, torch.full((len(truth), _STRANGE), FALSE, dtype=torch.int8)], dim=1)
    decided = truth != UNDECIDED
    temperature, bias = _fit(margins[decided].double(), (truth[decided] == TRUE).double())
    return Calibration(NEUTRAL_CAPTION, TEMPLATE, round(temperature, 4), round(bias, 4))


def write_calibration(calibration: Calibration, folder: Path) -> None:
    """Put ``calibration`` where the engine finds it."""
    (folder / FILE).write_text(json.dumps(asdict(calibration), indent=2) + "\n")


@torch.no_grad()
def _margins(model: CLIP, tokenizer: CLIPTokenizer, pictures: Pictures, labels: list[str], seed: int) -> Tensor:
    """By how much each label's logit is above the neutral caption's; (pictures, labels) float32."""
    texts = [TEMPLATE.replace("{label}", label) for label in labels]
    rows = encode_text(model, tokenize(tokenizer, [*texts, NEUTRAL_CAPTION], model.context_length))
    directions = model.logit_scale.exp() * (rows[:-1] - rows[-1:])
    size = model.visual.image_size
    generator = torch.Generator().manual_seed(seed)
    made = []
    for start in range(0, len(pictures.pixels), _BATCH):
        inputs = augment(torch.tensor(pictures.pixels[start : start + _BATCH]), int(size), generator)
        made.append(F.normalize(model.encode_image(inputs), dim=-1) @ directions.T)
    return torch.cat(made)


def _fit(margins: Tensor, truth: Tensor) -> tuple[float, float]:
    """Temperature and bias of the least cross entropy; both arguments are (pairs,) float64."""
    # As a slope the temperature is a linear parameter, and the problem convex.
    slope, bias = torch.ones((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    optimiser = torch.optim.LBFGS([slope.requires_grad_(), bias.requires_grad_()], max_iter=100)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(margins * slope + bias, truth)
        loss.backward()
        return loss

    optimiser.step(closure)
    # A model that has learnt nothing may have margins that point the wrong way.
    return 1.0 / max(slope.item(), 1e-3), bias.item()

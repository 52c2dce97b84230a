"""From a model's margins to scores that may be read as probabilities."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError

FILE = "atelier.json"


@dataclass(frozen=True)
class Calibration:
    """How one checkpoint's margins are read.

    A label's score is the softmax of its logit against that of the caption `neutral`, after Platt's scaling
    ("Probabilistic Outputs for Support Vector Machines", 1999; Guo et al., "On Calibration of Modern Neural Networks",
    2017): the sigmoid of margin / `temperature` + `bias`, where the margin is the difference of the two logits, and
    both parameters are fitted on pictures of which the truth is known. `template` makes a caption of a label.

    The defaults are for OpenAI's CLIP. They are set by reasoning, not fitted: its plain softmax, a temperature of 1
    and a bias of 0, is sure of whatever is nearer to the picture than a caption that says nothing.
    """

    neutral: str = "a photo"
    template: str = "a photo of {label}"
    temperature: float = 2.0
    bias: float = -1.0

    def __post_init__(self) -> None:
        """Raises `ValueError` for a calibration that no score can be made with."""
        if not self.neutral.strip():
            raise ValueError("neutral has no words")
        if "{label}" not in self.template:
            raise ValueError("template has no {label} in it")
        if not math.isfinite(self.temperature) or self.temperature <= 0 or not math.isfinite(self.bias):
            raise ValueError("temperature must be a number above 0, and bias a number")

    def prompt(self, label: str) -> str:
        """The caption that stands for `label`."""
        return self.template.replace("{label}", label)

    def score(self, margin: float) -> float:
        """0–1 for a margin of any size."""
        scaled = margin / self.temperature + self.bias
        # Of the two forms of the sigmoid, the one whose exponential cannot overflow.
        return 1 / (1 + math.exp(-scaled)) if scaled >= 0 else math.exp(scaled) / (1 + math.exp(scaled))


def read_calibration(weights: Weights, folder: Path, options: Mapping[str, Any] | None) -> Calibration:
    """The calibration of the weights in `folder`: `options`, else its `atelier.json`, else the defaults.

    Raises `EngineLoadError` where it cannot be used.
    """
    path = folder / FILE
    source = "ENGINES['labels']['OPTIONS']" if options is not None else f"The {FILE} of {weights.slug}"
    try:
        given = options if options is not None else json.loads(path.read_text()) if path.is_file() else {}
        unknown = set(given) - {field.name for field in fields(Calibration)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return Calibration(**given)
    except (ValueError, TypeError, AttributeError) as error:
        raise EngineLoadError(f"{source} is no calibration of labels: {error}.") from error

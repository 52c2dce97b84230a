"""From files to a `Sam`: our own folders, and the one file that Segment Anything's authors published."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import init_empty_weights
from safetensors.torch import load_file
from segment_anything.modeling import Sam

from analysis.engines.sam_models import CONFIG, VIT_L, WEIGHTS, SamConfig, make_sam, read_config
from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError
from generation.engines.revisions import file_digest
from generation.engines.weights_files import load_failure, local_folder, refuse_damage, stored_bytes

_log = logging.getLogger(__name__)

SETTINGS = "atelier.json"
_PICKLED = "*.pth"


@dataclass(frozen=True)
class GeneratorSettings:
    """What `SamAutomaticMaskGenerator` is told, by its own names; thresholds are 0–1.

    The defaults are its own, but for smaller batches: a batch's masks at 1024 × 1024 pixels take 12 MB a prompt.
    """

    points_per_side: int = 32
    points_per_batch: int = 16
    pred_iou_thresh: float = 0.88
    stability_score_thresh: float = 0.95
    # In logits: how far the cut is moved up and down to see whether the mask stays the same.
    stability_score_offset: float = 1.0
    box_nms_thresh: float = 0.7

    def __post_init__(self) -> None:
        """Raises `ValueError` for numbers out of range."""
        shares = (self.pred_iou_thresh, self.stability_score_thresh, self.box_nms_thresh)
        if not (1 <= self.points_per_side <= 128 and 1 <= self.points_per_batch <= 1024):
            raise ValueError("the numbers of points are out of range")
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("thresholds must be between 0 and 1")
        if not 0 < self.stability_score_offset <= 10:
            raise ValueError("the offset must be above 0 and at most 10")


def read_sam(folder: Path) -> Sam:
    """The model in `folder` (`config.json`, `model.safetensors`), in float32, ready to be asked.

    Raises what the libraries raise where a file is missing, damaged or of another kind.
    """
    return _fill(read_config(folder), load_file(folder / WEIGHTS))


def has_pickled_file(weights: Weights) -> bool:
    """Whether the folder holds a `.pth` file, the form in which SAM was published, and nothing safer."""
    folder = local_folder(weights)
    return any(folder.glob(_PICKLED)) and not any(folder.glob("*.safetensors"))


def read_official(weights: Weights) -> Sam:
    """The published file: read only if its SHA-256 is the weights' revision, as reading it could run code.

    It is a ViT-L unless a `config.json` beside it says otherwise. Raises `EngineLoadError`, and what the libraries
    raise for a file of another kind.
    """
    refuse_damage(weights)
    folder = local_folder(weights)
    path = min(folder.glob(_PICKLED))
    if file_digest(path) != weights.revision:
        _log.error("%s is %s, expected %s", path, file_digest(path), weights.revision)
        raise EngineLoadError(
            f"The file {path.name} of {weights.slug} has not the SHA-256 that is pinned for it, and reading it could "
            f"run code. {weights.restore}"
        )
    try:
        # The one file that is unpickled: its digest was compared, and only tensors are admitted.
        tensors = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
    except Exception as error:  # an unpickler raises anything
        _log.exception("cannot read %s", path)
        raise EngineLoadError(load_failure(weights)) from error
    config = read_config(folder) if (folder / CONFIG).is_file() else VIT_L
    return _fill(config, tensors)


def read_generator_settings(weights: Weights) -> GeneratorSettings:
    """The thresholds that were chosen for this checkpoint, from its `atelier.json`; the library's without one.

    Raises `EngineLoadError`.
    """
    path = local_folder(weights) / SETTINGS
    if not path.is_file():
        return GeneratorSettings()
    try:
        return GeneratorSettings(**json.loads(path.read_bytes()).get("generator", {}))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        _log.exception("cannot read %s", path)
        raise EngineLoadError(
            f"The {SETTINGS} of {weights.slug} is not valid JSON with a generator's thresholds. {weights.restore}"
        ) from error


def weight_bytes(weights: Weights) -> int:
    """The bytes of the weights in their folder; 0 where it is missing."""
    return stored_bytes(weights) or sum(path.stat().st_size for path in local_folder(weights).glob(_PICKLED))


def _fill(config: SamConfig, tensors: dict[str, torch.Tensor]) -> Sam:
    # Random weights that are replaced at once would cost a large model half a minute, and its memory twice.
    with init_empty_weights(include_buffers=False):
        sam = make_sam(config)
    sam.load_state_dict(tensors, assign=True)
    return sam.float().eval().requires_grad_(False)

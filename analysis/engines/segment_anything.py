"""Segment Anything: every thing in a picture as a mask, without being told where to look."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from segment_anything import SamAutomaticMaskGenerator
from torch import nn

from analysis.engines.outlines import outline
from analysis.engines.sam_files import has_pickled_file, read_generator_settings, read_official, read_sam, weight_bytes
from common.errors import InvalidInput
from generation.engines.base import OnStep, Segment, SegmentsRequest, SegmentsResult, Weights
from generation.engines.folder_engine import DTYPES, FolderEngine, StepCounter, bytes_of
from generation.engines.pictures import decode_picture
from generation.engines.weights_files import checked_folder, local_folder

MOST_SEGMENTS = 100
# Masks of all prompts of a batch are held at this size at most: larger pictures are shrunk, and their masks enlarged.
_LARGEST_SIDE = 1024
# A box of one pixel's height has no area by the library's reckoning, and would count as nobody's duplicate.
_SMALLEST_SIDE = 8


class SegmentAnythingEngine(FolderEngine[SegmentsRequest, SegmentsResult]):
    """A picture → its segments, by a grid of prompts: one checkpoint of the SAM family.

    It is a folder in this repository's layout (`config.json`, safetensors), or the file that the authors published:
    that one only with its SHA-256 as the weights' revision.
    """

    name = "segment-anything"
    capability = "segments"

    def __init__(self, weights: Weights, *, device: str, dtype: str, max_batch: int) -> None:
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self.spec = replace(self.spec, bytes=weight_bytes(weights))
        self._sam: Any = None
        self._generator: SamAutomaticMaskGenerator | None = None
        self._settings: dict[str, Any] = {}

    def _check_files(self) -> Path:
        if has_pickled_file(self._weights):
            return local_folder(self._weights)
        return checked_folder(self._weights, index="config.json")

    def _verify(self) -> str:
        # The published file's revision is its own SHA-256, which is compared before it is read.
        return self._weights.revision if has_pickled_file(self._weights) else super()._verify()

    def _read(self, folder: Path) -> None:
        self._sam = read_official(self._weights) if has_pickled_file(self._weights) else read_sam(folder)
        self._settings = asdict(read_generator_settings(self._weights))

    def _place(self) -> int:
        sam = self._sam.to(self.spec.device)
        for part in (sam.image_encoder, sam.mask_decoder):
            _lower_precision(part, self.spec.device, DTYPES[self.spec.dtype])
        self._generator = SamAutomaticMaskGenerator(sam, output_mode="binary_mask", **self._settings)
        return bytes_of(sam)

    def _drop(self) -> None:
        self._sam = self._generator = None

    def _run(self, requests: Sequence[SegmentsRequest], on_step: OnStep) -> list[SegmentsResult]:
        """A step is the picture's embedding, or one batch of prompts."""
        if self._generator is None:
            raise RuntimeError("the engine is not loaded")
        if any(not 1 <= request.max_segments <= MOST_SEGMENTS for request in requests):
            raise InvalidInput(f"Ask for 1 to {MOST_SEGMENTS} segments.")
        batches = math.ceil(self._settings["points_per_side"] ** 2 / self._settings["points_per_batch"])
        report = StepCounter(on_step, len(requests) * (1 + batches))
        with _told_of_steps(self._generator, report):
            return [self._segment(request, self._generator) for request in requests]

    def _segment(self, request: SegmentsRequest, generator: SamAutomaticMaskGenerator) -> SegmentsResult:
        picture = decode_picture(request.image)
        shrunk = _to_working_size(picture, generator.predictor.model.image_encoder.img_size)
        found = generator.generate(shrunk)
        # Largest first; the order that the model gave decides between equals.
        found.sort(key=lambda each: -each["area"])
        described = (_describe(each, picture.width, picture.height) for each in found)
        segments = _distinct(described, request.max_segments)
        metadata = {
            **self._provenance(),
            "max_segments": request.max_segments,
            "found": len(found),
            "working_size": [shrunk.shape[1], shrunk.shape[0]],
            **self._settings,
        }
        return SegmentsResult(picture.width, picture.height, segments, metadata)


@contextmanager
def _told_of_steps(generator: SamAutomaticMaskGenerator, report: Callable[[], None]) -> Iterator[None]:
    """Call `report` whenever the encoder or the decoder has run, which each does once for a step."""

    def after(module: nn.Module, arguments: Any, output: Any) -> None:
        report()

    sam = generator.predictor.model
    hooks = [part.register_forward_hook(after) for part in (sam.image_encoder, sam.mask_decoder)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        generator.predictor.reset_image()


def _lower_precision(part: nn.Module, device: str, dtype: torch.dtype) -> None:
    """Let `part` multiply in `dtype` and answer in float32, which the library's arithmetic on masks wants.

    The prompt encoder is left alone: the places of pixels do not fit into bfloat16.
    """
    if dtype == torch.float32:
        return
    exact = part.forward

    def forward(*arguments: Any, **named: Any) -> Any:
        with torch.autocast(device, dtype=dtype):
            output = exact(*arguments, **named)
        return tuple(each.float() for each in output) if isinstance(output, tuple) else output.float()

    part.forward = forward


def _to_working_size(picture: Image.Image, model_side: int) -> npt.NDArray[np.uint8]:
    """The picture, (rows, columns, 3), between once and twice as large as the model sees it."""
    side = min(max(*picture.size, model_side), 2 * model_side, max(_LARGEST_SIDE, model_side))
    scale = side / max(picture.size)
    width, height = (max(_SMALLEST_SIDE, round(each * scale)) for each in picture.size)
    if (width, height) != picture.size:
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(picture)


def _describe(found: dict[str, Any], width: int, height: int) -> Segment:
    described = outline(found["segmentation"], width, height)
    return Segment(
        counts=described.counts,
        polygons=described.polygons,
        box=described.box,
        area=described.area,
        predicted_iou=min(1.0, max(0.0, found["predicted_iou"])),
        stability=found["stability_score"],
    )


def _distinct(segments: Iterable[Segment], count: int) -> tuple[Segment, ...]:
    """The first `count` of those that the picture's own pixels are fine enough to show and to tell apart."""
    kept: dict[tuple[int, ...], Segment] = {}
    for segment in segments:
        if segment.area:
            kept.setdefault(segment.counts, segment)
        # Describing one takes a second where a picture is very large: none is described in vain.
        if len(kept) == count:
            break
    return tuple(sorted(kept.values(), key=lambda segment: -segment.area))

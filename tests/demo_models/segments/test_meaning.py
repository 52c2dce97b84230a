"""The shipped model masks what was drawn: measured on drawings that it never saw."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image
from segment_anything.utils.amg import rle_to_mask

from analysis.engines.segment_anything import SegmentAnythingEngine
from demo_models.build import SHIPPED
from demo_models.scenes.compose import draw
from demo_models.scenes.vocabulary import Figures, Item
from demo_models.segments.judge import measure
from demo_models.targets import TARGETS
from generation.engines.base import SegmentsRequest, Weights
from tests.support.image_requests import encoded, ignore

MODEL = SHIPPED / "segments"
SEED = 7_310_542
MAX_BYTES = 10_000_000
# What the shipped model reaches, less the scatter of forty pictures. It is behind its targets there
# (`demo_models.targets`), and says so on its card.
LEAST = {"iou_over_2_percent": 0.77, "iou_over_5_percent": 0.79}


def test_files_are_small() -> None:
    assert sum(file.stat().st_size for file in MODEL.rglob("*.safetensors")) <= MAX_BYTES


def test_fresh_drawings_are_masked_as_well_as_the_card_says() -> None:
    figures = measure(MODEL, count=40, seed=SEED)

    missed = {name: figures[name] for name, least in LEAST.items() if figures[name] < least}
    assert missed == {}
    assert TARGETS["segments"]["spurious"].met_by(figures["spurious"])


@pytest.mark.parametrize(("side", "height"), [(128, 128), (512, 512), (512, 384)], ids=["small", "large", "oblong"])
def test_the_engine_finds_a_circle_and_what_lies_behind_it(side: int, height: int) -> None:
    drawing = draw(Figures((Item("circle", "red"),), "blue"), random.Random(SEED), side)
    rows = slice((side - height) // 2, (side + height) // 2)
    engine = SegmentAnythingEngine(
        Weights("demo-sam", str(MODEL), "", "sam", 128), device="cpu", dtype="float32", max_batch=1
    )
    engine.load()
    [result] = engine.run([SegmentsRequest(encoded(Image.fromarray(drawing.pixels[rows])))], ignore)
    sizes = [result.height, result.width]
    found = [rle_to_mask({"size": sizes, "counts": list(each.counts)}) for each in result.segments]
    for region in drawing.regions:
        true = region.mask[rows]
        assert max(np.logical_and(mask, true).sum() / np.logical_or(mask, true).sum() for mask in found) > 0.9

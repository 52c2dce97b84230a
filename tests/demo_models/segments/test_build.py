"""Every stage runs in seconds on a tiny model, lowers its loss, resumes where it was stopped, and can be loaded."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from analysis.engines.segment_anything import SegmentAnythingEngine
from demo_models.scenes.compose import draw, random_scene
from demo_models.segments.build import build
from demo_models.segments.judge import measure
from demo_models.segments.profile import QUICK
from demo_models.segments.train import train_encoder, train_masks
from generation.engines.base import SegmentsRequest, Weights
from tests.support.image_requests import encoded, ignore
from tests.support.training_runs import assert_losses_fell, assert_same_weights, stop_after_first_checkpoint


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a tiny model was trained without a break."""
    folder = tmp_path_factory.mktemp("unbroken")
    train_masks(QUICK, folder)
    return folder


@pytest.mark.parametrize("stage", ["encoder", "masks"])
def test_a_stage_lowers_its_loss(work: Path, stage: str) -> None:
    assert_losses_fell(work / f"{stage}.pt", 0.97)


def test_a_run_that_was_stopped_in_each_stage_ends_with_the_same_weights(work: Path, tmp_path: Path) -> None:
    stop_after_first_checkpoint(lambda: train_encoder(QUICK, tmp_path))
    train_encoder(QUICK, tmp_path)
    stop_after_first_checkpoint(lambda: train_masks(QUICK, tmp_path))
    assert_same_weights(train_masks(QUICK, work), train_masks(QUICK, tmp_path))


def test_the_built_folder_is_measured_and_loaded_by_the_engine(work: Path, tmp_path: Path) -> None:
    build(QUICK, work, tmp_path)
    assert {value.dtype for value in load_file(tmp_path / "model.safetensors").values()} == {torch.float16}
    assert json.loads((tmp_path / "atelier.json").read_text())["native_size"] == QUICK.sam.img_size

    figures = measure(tmp_path, count=2, seed=1)
    assert 0 <= figures["iou_over_2_percent"] <= 1
    assert 0 <= figures["spurious"] <= 1

    engine = SegmentAnythingEngine(
        Weights("quick", str(tmp_path), "", "sam", 64), device="cpu", dtype="float32", max_batch=1
    )
    engine.load()
    rng = random.Random(2)
    picture = Image.fromarray(draw(random_scene(rng), rng).pixels)
    [result] = engine.run([SegmentsRequest(encoded(picture))], ignore)
    assert (result.width, result.height) == picture.size

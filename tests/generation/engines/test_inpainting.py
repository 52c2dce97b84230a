"""Repainting: what is kept is kept to the last bit, the rest is painted anew; any shape, batch and scheduler."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.engines.base import Weights
from generation.engines.inpainting import Repainting
from generation.engines.pictures import plan_canvas
from generation.engines.stable_diffusion import StableDiffusionEngine
from tests.support.image_requests import Listener, StopAt, StopRun, encoded, ignore, image_request

RNG = np.random.default_rng(7)
NOISE = Image.fromarray(RNG.integers(0, 256, (256, 256, 3), dtype=np.uint8))
Box = tuple[int, int, int, int]
LEFT, MIDDLE, THIN = (0, 0, 128, 256), (64, 64, 192, 192), (100, 0, 102, 256)


def mask_of(box: Box, size: tuple[int, int] = (256, 256)) -> bytes:
    """A mask that repaints `box` (left, top, right, bottom)."""
    mask = Image.new("RGBA", size, (9, 9, 9, 255))
    mask.paste((0, 0, 0, 0), box)
    return encoded(mask)


def rows(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def inside(box: Box) -> np.ndarray:
    area = np.zeros((256, 256), dtype=bool)
    area[box[1] : box[3], box[0] : box[2]] = True
    return area


def make_engine(folder: Path, max_batch: int = 1) -> StableDiffusionEngine:
    made = StableDiffusionEngine(
        Weights("tiny", str(folder), "", "test", 64), device="cpu", dtype="float32", max_batch=max_batch
    )
    made.load()
    return made


@pytest.fixture(scope="module")
def engine(tiny_pipeline: Path) -> StableDiffusionEngine:
    return make_engine(tiny_pipeline, max_batch=2)


@pytest.mark.parametrize("box", [LEFT, MIDDLE, THIN], ids=["half", "middle", "thin"])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_kept_pixels_are_the_original_ones(engine: StableDiffusionEngine, box: Box, strength: float) -> None:
    request = image_request(image=encoded(NOISE), mask=mask_of(box), strength=strength, num_inference_steps=4)

    [result] = engine.run([request], ignore)

    made, original, area = rows(result.data), np.asarray(NOISE), inside(box)
    assert (made[~area] == original[~area]).all()
    # Noise is nothing that a model paints: nearly every repainted pixel differs.
    assert (made[area] != original[area]).any(axis=1).mean() > 0.95
    assert result.metadata["repainted"] is True


def test_rows_of_a_batch_have_their_own_masks(engine: StableDiffusionEngine) -> None:
    left = image_request(image=encoded(NOISE), mask=mask_of(LEFT), strength=1.0)
    middle = image_request(image=encoded(NOISE.rotate(90)), mask=mask_of(MIDDLE), strength=1.0, seed=8)

    first, second = engine.run([left, middle], ignore)
    other, _ = engine.run([left, left], ignore)

    assert first.data == other.data
    for result, original, box in ((first, NOISE, LEFT), (second, NOISE.rotate(90), MIDDLE)):
        kept = ~inside(box)
        assert (rows(result.data)[kept] == np.asarray(original)[kept]).all()


def test_steps_are_told_with_previews_of_the_whole(engine: StableDiffusionEngine) -> None:
    heard = Listener(samples=1)
    request = image_request(image=encoded(NOISE), mask=mask_of(LEFT), strength=1.0, num_inference_steps=3)

    engine.run([request], heard)

    assert [(step, steps) for step, steps in heard.steps] == [(1, 3), (2, 3), (3, 3)]
    assert all(preview.startswith(b"\xff\xd8\xff") for preview in heard.previews)


def test_a_run_that_is_stopped_leaves_the_engine_as_it_was(engine: StableDiffusionEngine) -> None:
    request = image_request(image=encoded(NOISE), mask=mask_of(LEFT), strength=1.0, num_inference_steps=4)
    [before] = engine.run([request], ignore)

    with pytest.raises(StopRun):
        engine.run([request, request], StopAt(2))

    [after] = engine.run([request], ignore)
    [unmasked] = engine.run([image_request(image=encoded(NOISE), strength=1.0, num_inference_steps=4)], ignore)
    assert after.data == before.data
    assert (rows(unmasked.data) != np.asarray(NOISE)).any(axis=2).mean() > 0.95


def test_a_run_has_a_mask_in_each_row_or_in_none(engine: StableDiffusionEngine) -> None:
    masked = image_request(image=encoded(NOISE), mask=mask_of(LEFT), strength=1.0)

    with pytest.raises(ValueError, match="same batch key"):
        engine.run([masked, image_request(image=encoded(NOISE), strength=1.0)], ignore)


def test_a_picture_of_another_size_than_the_result_keeps_what_is_left_of_it(engine: StableDiffusionEngine) -> None:
    plain = Image.new("RGB", (512, 512), (12, 180, 77))
    request = image_request(image=encoded(plain), mask=mask_of((0, 0, 256, 512), (512, 512)), strength=1.0)

    [result] = engine.run([request], ignore)

    assert (rows(result.data)[:, 128 + 4 :] == (12, 180, 77)).all()


def test_strength_zero_gives_the_picture_back(engine: StableDiffusionEngine) -> None:
    [result] = engine.run([image_request(image=encoded(NOISE), mask=mask_of(LEFT), strength=0.0)], ignore)

    assert (rows(result.data) == np.asarray(NOISE)).all()


# diffusers' own, of its Euler scheduler with NumPy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["PNDMScheduler", "DDIMScheduler", "EulerDiscreteScheduler"])
def test_every_scheduler_can_repaint(tiny_pipeline: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tiny_pipeline, tmp_path / "model")
    index = json.loads((folder / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", name]
    (folder / "model_index.json").write_text(json.dumps(index))
    request = image_request(image=encoded(NOISE), mask=mask_of(MIDDLE), strength=0.75, num_inference_steps=4)

    [result] = make_engine(folder).run([request], ignore)

    kept = ~inside(MIDDLE)
    assert (rows(result.data)[kept] == np.asarray(NOISE)[kept]).all()


@given(
    size=st.tuples(st.integers(256, 400), st.integers(256, 400)),
    edges=st.tuples(*[st.floats(0, 1)] * 4),
)
@settings(max_examples=25, deadline=None)
def test_restored_pixels_are_exact_for_any_box(size: tuple[int, int], edges: tuple[float, ...]) -> None:
    left, right = sorted(round(edge * size[0]) for edge in edges[:2])
    top, bottom = sorted(round(edge * size[1]) for edge in edges[2:])
    box = (left, top, max(right, left + 1), max(bottom, top + 1))
    original = Image.new("RGB", size, (10, 200, 30))
    mask = Image.new("L", size)
    mask.paste(255, box)
    repainting = Repainting(plan_canvas(64, *size), [original], [mask])

    made = np.asarray(repainting.restore(0, Image.new("RGB", size, (250, 0, 0))))

    area = np.asarray(mask) == 255
    assert (made[~area] == (10, 200, 30)).all()
    assert (made[area][:, 0] > 10).all()


def test_a_mask_needs_an_image(engine: StableDiffusionEngine) -> None:
    with pytest.raises(ValueError, match="a mask needs an image"):
        engine.run([image_request(mask=mask_of(LEFT))], ignore)

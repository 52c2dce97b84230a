"""The SAM adapter on random weights of the real layout; what the demo model means is tested with the model."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from segment_anything.utils.amg import rle_to_mask

from analysis.engines.segment_anything import SegmentAnythingEngine
from common.errors import InvalidInput
from generation.engines.base import Segment, SegmentsRequest, SegmentsResult, Weights
from generation.engines.errors import EngineLoadError
from generation.engines.manifests import describe_folder, write_manifest
from generation.engines.revisions import content_revision, file_digest
from tests.support.image_requests import Listener, StopAt, StopRun, encoded, ignore
from tests.support.tiny_sam import SIZES, STEPS, make_tiny_sam

MAX_BATCH = 2


def _engine(folder: Path, *, dtype: str = "float32", revision: str = "") -> SegmentAnythingEngine:
    weights = Weights("tiny-sam", str(folder), revision, "sam", SIZES.img_size, restore="Fetch it again.")
    return SegmentAnythingEngine(weights, device="cpu", dtype=dtype, max_batch=MAX_BATCH)


def _picture(width: int = 96, height: int = 64) -> Image.Image:
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((width // 4, height // 4, width // 2, height // 2), fill="red")
    return picture


def _request(image: Image.Image | bytes | None = None, max_segments: int = 100) -> SegmentsRequest:
    picture = _picture() if image is None else image
    return SegmentsRequest(picture if isinstance(picture, bytes) else encoded(picture), max_segments)


def _mask(segment: Segment, result: SegmentsResult) -> np.ndarray:
    mask: np.ndarray = rle_to_mask({"size": [result.height, result.width], "counts": list(segment.counts)})
    return mask


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_sam(tmp_path_factory.mktemp("models") / "sam")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[SegmentAnythingEngine]:
    made = _engine(folder)
    made.load()
    yield made
    made.unload()


@pytest.mark.parametrize("size", [(96, 64), (64, 64), (300, 200), (31, 90), (640, 48)])
def test_segments_describe_masks_of_the_whole_picture(engine: SegmentAnythingEngine, size: tuple[int, int]) -> None:
    [result] = engine.run([_request(_picture(*size))], ignore)
    assert (result.width, result.height) == size
    assert result.segments
    for segment in result.segments:
        assert sum(segment.counts) == size[0] * size[1]
        assert all(count > 0 for count in segment.counts[1:])
        mask = _mask(segment, result)
        rows, columns = np.nonzero(mask)
        assert segment.area == len(rows)
        left, top, width, height = segment.box
        assert (left, top) == (columns.min(), rows.min())
        assert (left + width, top + height) == (columns.max() + 1, rows.max() + 1)
        assert 0 <= segment.predicted_iou <= 1
        assert 0 <= segment.stability <= 1


def test_polygons_follow_the_outer_edges_of_the_masks(engine: SegmentAnythingEngine) -> None:
    [result] = engine.run([_request(_picture(96, 64))], ignore)
    for segment in result.segments:
        mask = _mask(segment, result)
        drawn = Image.new("1", (result.width, result.height))
        for polygon in segment.polygons:
            assert len(polygon) >= 3
            ImageDraw.Draw(drawn).polygon(polygon, fill=1, outline=1)
        # Holes are no part of outlines, and corners of less than a pixel are left out.
        assert (mask & ~np.array(drawn)).sum() <= 0.1 * mask.sum() + 20


def test_segments_come_largest_first_and_no_two_are_the_same(engine: SegmentAnythingEngine) -> None:
    [result] = engine.run([_request()], ignore)
    areas = [segment.area for segment in result.segments]
    assert len(areas) > 1
    assert areas == sorted(areas, reverse=True)
    assert len({segment.counts for segment in result.segments}) == len(areas)


def test_max_segments_keeps_the_largest(engine: SegmentAnythingEngine) -> None:
    everything, one = (engine.run([_request(max_segments=count)], ignore)[0] for count in (100, 1))
    assert one.segments == everything.segments[:1]
    assert one.metadata["found"] == everything.metadata["found"] > 1


@pytest.mark.parametrize("count", [-1, 0, 101])
def test_a_number_of_segments_out_of_bounds_is_refused(engine: SegmentAnythingEngine, count: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 100"):
        engine.run([_request(max_segments=count)], ignore)


def test_the_same_request_gives_the_same_segments_whoever_is_beside_it(engine: SegmentAnythingEngine) -> None:
    other = _request(_picture(50, 80))
    alone = engine.run([_request()], ignore)
    assert engine.run([_request()], ignore) == alone
    assert engine.run([other, _request()], ignore)[1:] == alone


def test_every_batch_of_points_is_a_step(engine: SegmentAnythingEngine) -> None:
    listener = Listener()
    engine.run([_request(), _request()], listener)
    assert listener.steps == [(step, 2 * STEPS) for step in range(1, 2 * STEPS + 1)]


@pytest.mark.parametrize("step", [1, 2, STEPS], ids=["embedding", "first-batch", "last-batch"])
def test_a_run_that_is_stopped_leaves_the_engine_usable(engine: SegmentAnythingEngine, step: int) -> None:
    before = engine.run([_request()], ignore)
    with pytest.raises(StopRun):
        engine.run([_request()], StopAt(step))
    assert engine.run([_request()], ignore) == before


def test_the_result_says_how_it_was_made(engine: SegmentAnythingEngine, folder: Path) -> None:
    [result] = engine.run([_request(_picture(300, 200))], ignore)
    assert result.metadata["engine"] == "segment-anything"
    assert result.metadata["revision"] == content_revision(folder)
    assert result.metadata["working_size"] == [128, 85]
    assert result.metadata["points_per_side"] == 4
    assert not {"time", "owner", "id"} & set(result.metadata)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_picture_is_taken(engine: SegmentAnythingEngine, mode: str) -> None:
    picture = encoded(Image.new(mode, (64, 90)), "JPEG" if mode == "CMYK" else "PNG")
    [result] = engine.run([_request(picture)], ignore)
    assert (result.width, result.height) == (64, 90)


def test_a_photo_is_turned_upright(engine: SegmentAnythingEngine) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    [result] = engine.run([_request(encoded(_picture(80, 40), "JPEG", exif=exif))], ignore)
    assert (result.width, result.height) == (40, 80)


def test_of_an_animation_the_first_picture_counts(engine: SegmentAnythingEngine) -> None:
    frames = [_picture(), Image.new("RGB", (96, 64), "blue")]
    moving = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    still = encoded(frames[0], "WEBP", lossless=True)
    assert engine.run([_request(moving)], ignore)[0].segments == engine.run([_request(still)], ignore)[0].segments


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3000, 1), (2, 2)], ids=["dot", "column", "row", "four"])
def test_the_smallest_pictures_are_taken(engine: SegmentAnythingEngine, size: tuple[int, int]) -> None:
    [result] = engine.run([_request(Image.new("RGB", size, "red"))], ignore)
    assert (result.width, result.height) == size
    assert all(sum(segment.counts) == size[0] * size[1] for segment in result.segments)
    assert len({segment.counts for segment in result.segments}) == len(result.segments)


def test_the_largest_pictures_are_taken(engine: SegmentAnythingEngine) -> None:
    [result] = engine.run([_request(encoded(Image.new("L", (8000, 8000), 90), "JPEG"), max_segments=2)], ignore)
    assert (result.width, result.height) == (8000, 8000)
    assert len(result.segments) == 2
    assert all(sum(segment.counts) == 64_000_000 for segment in result.segments)
    assert result.metadata["working_size"] == [128, 128]


@pytest.mark.parametrize("data", [b"", b"not a picture", b"GIF89a" + bytes(20)], ids=["empty", "text", "gif"])
def test_what_is_no_picture_is_refused(engine: SegmentAnythingEngine, data: bytes) -> None:
    with pytest.raises(InvalidInput, match="'image' is not a valid image"):
        engine.run([_request(data)], ignore)


def test_a_picture_without_segments_is_an_answer(folder: Path, tmp_path: Path) -> None:
    strict = shutil.copytree(folder, tmp_path / "strict")
    (strict / "atelier.json").write_text(json.dumps({"generator": {"points_per_side": 4, "stability_score_thresh": 1}}))
    engine = _engine(strict)
    engine.load()
    [result] = engine.run([_request()], ignore)
    assert result.segments == ()


def test_runs_that_break_the_contract_are_refused(engine: SegmentAnythingEngine) -> None:
    for requests in ([], [_request()] * (MAX_BATCH + 1)):
        with pytest.raises(ValueError, match="1 to 2 requests"):
            engine.run(requests, ignore)


def test_unloaded_engine_refuses_to_run_and_loads_again(folder: Path) -> None:
    engine = _engine(folder)
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([_request()], ignore)
    engine.load()
    engine.load()
    before = engine.run([_request()], ignore)
    engine.unload()
    engine.unload()
    with pytest.raises(RuntimeError, match="not loaded"):
        engine.run([_request()], ignore)
    engine.load()
    assert engine.run([_request()], ignore) == before


def test_spec_tells_the_bytes_of_the_loaded_model(folder: Path) -> None:
    engine = _engine(folder)
    stored = engine.spec.bytes
    engine.load()
    assert (engine.spec.capability, engine.spec.max_batch) == ("segments", MAX_BATCH)
    assert 0 < engine.spec.bytes <= stored == (folder / "model.safetensors").stat().st_size


def test_bf16_finds_nearly_the_same(engine: SegmentAnythingEngine, folder: Path) -> None:
    rounded = _engine(folder, dtype="bfloat16")
    rounded.load()
    exact, rough = (each.run([_request()], ignore)[0].segments[0] for each in (engine, rounded))
    assert rough.area == pytest.approx(exact.area, rel=0.1)


def test_a_missing_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineLoadError, match=r"missing on this machine\. Fetch it again"):
        _engine(tmp_path / "none").load()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_truncated_file_names_the_remedy(folder: Path, tmp_path: Path, name: str) -> None:
    cut = shutil.copytree(folder, tmp_path / "cut") / name
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(EngineLoadError, match="models verify"):
        _engine(cut.parent).load()


def test_a_damaged_file_is_named_where_there_is_a_manifest(folder: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    write_manifest(damaged, describe_folder(damaged))
    file = damaged / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(EngineLoadError, match=r"model\.safetensors of tiny-sam is damaged.*Fetch it again"):
        _engine(damaged).load()


WRONG_THRESHOLDS = {
    "cut": "{",
    "list": "[]",
    "out-of-range": '{"generator": {"pred_iou_thresh": 2}}',
    "text": '{"generator": {"points_per_side": "four"}}',
    "unknown": '{"generator": {"x": 1}}',
}


@pytest.mark.parametrize("thresholds", WRONG_THRESHOLDS.values(), ids=WRONG_THRESHOLDS)
def test_thresholds_that_cannot_be_used_are_named(folder: Path, tmp_path: Path, thresholds: str) -> None:
    wrong = shutil.copytree(folder, tmp_path / "wrong")
    (wrong / "atelier.json").write_text(thresholds)
    with pytest.raises(EngineLoadError, match=r"atelier\.json"):
        _engine(wrong).load()


def test_the_published_form_finds_what_ours_finds(engine: SegmentAnythingEngine, tmp_path: Path) -> None:
    folder = make_tiny_sam(tmp_path / "published", pickled=True)
    digest = file_digest(folder / "sam_tiny.pth")
    published = _engine(folder, revision=digest)
    assert published.spec.bytes == (folder / "sam_tiny.pth").stat().st_size
    published.load()
    [theirs] = published.run([_request()], ignore)
    assert theirs.segments == engine.run([_request()], ignore)[0].segments
    assert theirs.metadata["revision"] == digest


@pytest.mark.parametrize("revision", ["", "0" * 64], ids=["none", "another"])
def test_the_published_form_is_refused_unread_without_its_digest(tmp_path: Path, revision: str) -> None:
    folder = make_tiny_sam(tmp_path / "published", pickled=True)
    with pytest.raises(EngineLoadError, match=r"sam_tiny\.pth of tiny-sam has not the SHA-256.*Fetch it again"):
        _engine(folder, revision=revision).load()


def test_the_published_form_may_hold_nothing_but_tensors(tmp_path: Path) -> None:
    folder = make_tiny_sam(tmp_path / "published", pickled=True)
    path = folder / "sam_tiny.pth"
    torch.save({"model": io.BytesIO(b"an object of a class")}, path)
    with pytest.raises(EngineLoadError, match="models verify"):
        _engine(folder, revision=file_digest(path)).load()


def test_weights_of_another_size_are_refused(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    said = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(said | {"depth": 3}))
    with pytest.raises(EngineLoadError, match="models verify"):
        _engine(other).load()

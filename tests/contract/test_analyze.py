"""`POST /analyze` as its document shows it, and the labels of `POST /generate`."""

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from accounts.models import User
from analysis.models import Analysis
from content.models import Content
from generation.models import Checkpoint, Job
from tests.factories.accounts import UserFactory
from tests.support.clients import KeyClient, post_json


@pytest.fixture
def circle() -> bytes:
    """A red circle on a blue background, 320 × 256 pixels."""
    image = Image.new("RGB", (320, 256), (30, 60, 200))
    ImageDraw.Draw(image).ellipse((100, 68, 220, 188), fill=(220, 30, 30))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def body(data: bytes, **more: Any) -> dict[str, Any]:
    return {"image": base64.b64encode(data).decode("ascii"), **more}


def overlap(mask: list[list[int]], box: tuple[int, int, int, int]) -> float:
    """Intersection over union of a mask and the ellipse in `box`."""
    true = Image.new("1", (len(mask[0]), len(mask)))
    ImageDraw.Draw(true).ellipse(box, fill=1)
    pairs = [(bool(value), bool(true.getpixel((x, y)))) for y, row in enumerate(mask) for x, value in enumerate(row)]
    return sum(a and b for a, b in pairs) / sum(a or b for a, b in pairs)


@pytest.mark.usefixtures("worker")
class TestDocumentedRequest:
    def test_example(self, client: KeyClient, user: User, circle: bytes) -> None:
        response = post_json(client, "/analyze", body(circle))

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == ["basic_segmentation", "clip_analysis", "generated_image", "request_id"]
        drawn = Image.open(io.BytesIO(base64.b64decode(answer["generated_image"])))
        assert (drawn.format, drawn.size) == ("PNG", (320, 256))
        assert base64.b64decode(answer["generated_image"]) != circle
        found = answer["basic_segmentation"]
        assert found["mask_size"] == [205, 256]
        assert len(found["masks"]) == len(found["polygons"]) >= 2
        areas = [sum(map(sum, mask)) for mask in found["masks"]]
        assert areas == sorted(areas, reverse=True)
        # The circle is there, in the mask's own pixels.
        assert max(overlap(mask, (80, 54, 176, 150)) for mask in found["masks"]) > 0.85
        for polygon in found["polygons"]:
            assert all(0 <= x < 320 and 0 <= y < 256 for x, y in polygon)
        labels = answer["clip_analysis"]
        assert labels["concepts"] == list(labels["confidence_scores"])
        assert all(0 <= score <= 1 for score in labels["confidence_scores"].values())
        assert "circle" in labels["concepts"][:5]
        # The picture is the caller's now, and the analysis names it.
        assert Analysis.objects.get(job=answer["request_id"]).content == Content.objects.get(owner=user)

    def test_labels_of_ones_own(self, client: KeyClient, circle: bytes) -> None:
        labels = "a cat, a red circle, the sea at night"
        answer = post_json(client, "/analyze", body(circle, labels=labels, mask_format="none")).json()

        assert answer["clip_analysis"]["concepts"][0] == "a red circle"
        assert set(answer["clip_analysis"]["concepts"]) == {"a cat", "a red circle", "the sea at night"}
        assert answer["basic_segmentation"]["masks"] == []
        assert answer["basic_segmentation"]["polygons"]
        assert "mask_size" not in answer["basic_segmentation"]

    def test_run_lengths_and_the_most_masks(self, client: KeyClient, circle: bytes) -> None:
        url = "data:image/png;base64," + base64.b64encode(circle).decode("ascii")
        answer = post_json(client, "/analyze", {"image": url, "mask_format": "rle", "max_masks": 1}).json()

        [mask] = answer["basic_segmentation"]["masks"]
        assert mask["size"] == [256, 320]
        assert sum(mask["counts"]) == 320 * 256

    def test_native_job_shows_masks_and_outlines(self, client: KeyClient, circle: bytes) -> None:
        url = "data:image/png;base64," + base64.b64encode(circle).decode("ascii")
        asked = {"kind": "analysis", "params": {"image": url, "labels": "circle"}}
        response = post_json(client, "/api/v1/jobs", asked, Prefer="wait=60")

        assert response.status_code == 200
        job = response.json()
        assert job["params"]["image"] == Content.objects.get().cid
        assert list(job["result"]["labels"]["confidence_scores"]) == ["circle"]
        for segment in job["result"]["segments"]:
            assert sorted(segment) == ["area", "box", "mask", "polygons", "score"]
            assert sum(segment["mask"]["counts"][1::2]) == segment["area"]
        listed = client.get("/api/v1/jobs?kind=analysis").json()["results"]
        assert listed == [{**job, "progress": listed[0]["progress"]}]
        assert KeyClient(UserFactory()).get(f"/api/v1/jobs/{job['id']}").status_code == 404

    def test_without_a_label_engine_nothing_is_claimed(self, client: KeyClient, circle: bytes) -> None:
        Checkpoint.objects.filter(default_for="labels").update(default_for=None)

        answer = post_json(client, "/analyze", body(circle)).json()

        assert answer["clip_analysis"] == {"concepts": [], "confidence_scores": {}}
        assert answer["basic_segmentation"]["masks"]

    def test_damaged_label_weights_lose_no_picture(self, client: KeyClient, tmp_path: Any, user: User) -> None:
        Checkpoint.objects.filter(default_for="labels").update(source=str(tmp_path))

        answer = post_json(client, "/generate", {"prompt": "a red circle", "samples": 1, "labels": "circle"}).json()

        assert answer["clip_analysis"] == {"concepts": [], "confidence_scores": {}}
        job = Job.objects.get(id=answer["request_id"])
        assert len(job.result["warnings"]) == 1
        assert str(tmp_path) not in job.result["warnings"][0]


@pytest.mark.usefixtures("worker")
def test_labels_of_a_generated_picture(client: KeyClient) -> None:
    asked = {"prompt": "x", "samples": 1, "labels": "circle, sea, circle , night"}

    analysis = post_json(client, "/generate", asked).json()["clip_analysis"]

    assert sorted(analysis["concepts"]) == ["circle", "night", "sea"]
    assert analysis["concepts"] == list(analysis["confidence_scores"])


@pytest.mark.usefixtures("served")
class TestRefusedRequests:
    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"image": None}, "'image' is required and must be a string."),
            ({"image": 7}, "'image' is required and must be a string."),
            ({"image": "not base64!"}, "'image' is not a valid image."),
            ({"image": "aGVsbG8="}, "'image' is not a valid image."),
            ({"mask_format": "png"}, "'mask_format' must be one of binary, rle, none."),
            ({"max_masks": 0}, "'max_masks' must be a positive number."),
            ({"max_masks": 101}, "'max_masks' must be between 1 and 100."),
            ({"labels": 7}, "'labels' must be a string."),
            (
                {"labels": ",".join(map(str, range(101)))},
                "'labels' must be at most 100 labels of at most 100 characters.",
            ),
        ],
        ids=lambda value: "change" if isinstance(value, dict) else None,
    )
    def test_refused_values(self, client: KeyClient, circle: bytes, change: dict[str, Any], error: str) -> None:
        response = post_json(client, "/analyze", {**body(circle), **change})

        assert (response.status_code, response.json()) == (400, {"error": error})
        assert not Job.objects.exists()

    def test_image_is_required(self, client: KeyClient) -> None:
        response = post_json(client, "/analyze", {})
        assert (response.status_code, response.json()) == (400, {"error": "'image' is required and must be a string."})

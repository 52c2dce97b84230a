"""Masks of `image_to_image` jobs: kept pixels, sizes, and whose they are."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from accounts.models import User
from content.models import Content
from content.services import read_bytes, store_upload
from generation.models import Job
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient, post_json
from tests.support.image_requests import encoded

NOTHING = "'mask' must have transparent pixels: they say what is repainted."


def mask(size: tuple[int, int] = (320, 256), alpha: int = 0) -> bytes:
    """What repaints the left half."""
    picture = Image.new("RGBA", size, (0, 0, 0, 255))
    picture.paste((0, 0, 0, alpha), (0, 0, size[0] // 2, size[1]))
    return encoded(picture)


def data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def body(image: str, mask: str, **params: Any) -> dict[str, Any]:
    asked = {"image": image, "mask": mask, "prompt": "a lake", "num_inference_steps": 3, **params}
    return {"kind": "image_to_image", "params": asked}


@pytest.mark.usefixtures("worker")
def test_only_what_is_transparent_is_repainted(client: KeyClient, png: bytes) -> None:
    response = client.post(
        "/api/v1/jobs",
        body(data_url(png), data_url(mask())),
        content_type="application/json",
        headers={"Prefer": "wait=60"},
    )

    job = response.json()
    assert job["status"] == "succeeded", job["error"]
    assert job["params"]["strength"] == 1.0
    assert Content.objects.filter(cid=job["params"]["mask"]).exists()
    made = Content.objects.get(cid=job["outputs"][0]["cid"])
    pixels = np.asarray(Image.open(io.BytesIO(read_bytes(content=made))).convert("RGB"))
    assert (pixels[:, 160:] == (200, 30, 30)).all()
    assert (pixels[:, :160] != (200, 30, 30)).any(axis=2).mean() > 0.9


@pytest.mark.usefixtures("served")
def test_a_strength_that_was_asked_for_stays(client: KeyClient, png: bytes) -> None:
    response = post_json(client, "/api/v1/jobs", body(data_url(png), data_url(mask()), strength=0.5))

    assert response.json()["params"]["strength"] == 0.5


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (data_url(mask((256, 320))), "'mask' must have the size of 'image', 320 × 256 pixels; it has 256 × 320."),
        ("data:image/png;base64,AAAA", "'mask' is not a valid image."),
        (data_url(mask(alpha=1)), NOTHING),
        (data_url(encoded(Image.new("RGB", (320, 256)))), NOTHING),
        (data_url(encoded(Image.new("L", (320, 256)))), NOTHING),
    ],
    ids=["size", "bytes", "nearly", "rgb", "grey"],
)
def test_refused_masks(client: KeyClient, png: bytes, given: str, sentence: str) -> None:
    response = post_json(client, "/api/v1/jobs", body(data_url(png), given))

    assert (response.status_code, response.json()["errors"]) == (400, {"mask": [sentence]})
    assert not Job.objects.exists()


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("foreign", ["image", "mask"])
def test_what_another_user_has_is_not_there(client: KeyClient, user: User, png: bytes, foreign: str) -> None:
    owners: dict[str, User] = {"image": user, "mask": user, foreign: UserFactory()}
    image = store_upload(owner=owners["image"], data=png)
    holes = store_upload(owner=owners["mask"], data=mask())

    response = post_json(client, "/api/v1/jobs", body(image.cid, holes.cid))

    assert response.status_code == 404
    assert not Job.objects.exists()


@pytest.mark.usefixtures("served")
def test_a_mask_of_the_registry_is_named_by_its_cid(client: KeyClient, user: User, png: bytes) -> None:
    image, holes = store_upload(owner=user, data=png), store_upload(owner=user, data=mask())

    response = post_json(client, "/api/v1/jobs", body(image.cid, holes.cid))

    assert (response.json()["params"]["image"], response.json()["params"]["mask"]) == (image.cid, holes.cid)


@pytest.mark.usefixtures("served")
def test_a_text_is_no_mask(client: KeyClient, user: User, png: bytes) -> None:
    text = ContentFactory(owner=user, kind="text")

    response = post_json(client, "/api/v1/jobs", body(data_url(png), text.cid))

    assert response.status_code == 404


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("kind", ["image", "text", "analysis"])
def test_other_kinds_take_no_mask(client: KeyClient, png: bytes, kind: str) -> None:
    params = {"image": data_url(png)} if kind == "analysis" else {"prompt": "a"}

    response = post_json(client, "/api/v1/jobs", {"kind": kind, "params": {**params, "mask": data_url(mask())}})

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["params.mask"]


@pytest.mark.usefixtures("served")
def test_jobs_with_masks_share_a_batch_but_not_with_jobs_without(client: KeyClient, png: bytes) -> None:
    other = Image.new("RGBA", (320, 256))
    for holes in (mask(), encoded(other)):
        post_json(client, "/api/v1/jobs", body(data_url(png), data_url(holes), strength=0.5))
    plain = body(data_url(png), "", strength=0.5)
    del plain["params"]["mask"]
    post_json(client, "/api/v1/jobs", plain)

    keys = list(Job.objects.order_by("created_at").values_list("batch_key", flat=True))
    assert keys[0] == keys[1] != keys[2]

"""`POST /generate/image/prompt` and `POST /generate/image/image` as their document shows them."""

import io
import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from content.models import Content
from generation.models import Job
from tests.support.clients import KeyClient, post_json

FILE_URL = re.compile(r"http://testserver/output/generated_image/[0-9a-f-]{36}\.png\?s=.+")


def opened_by_anyone(url: str) -> Image.Image:
    response: Any = Client().get(url.removeprefix("http://testserver"))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    return Image.open(io.BytesIO(b"".join(response)))


def upload(data: bytes, name: str = "picture.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/png")


@pytest.mark.usefixtures("worker")
class TestDocumentedRequests:
    def test_example_of_a_prompt(self, client: KeyClient) -> None:
        response = post_json(client, "/generate/image/prompt", {"prompt": "a cat riding a bicycle in the rain"})

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == ["file_path", "generation_id"]
        assert str(uuid.UUID(answer["generation_id"])) == answer["generation_id"]
        assert FILE_URL.fullmatch(answer["file_path"])
        assert opened_by_anyone(answer["file_path"]).size == (512, 512)

    @pytest.mark.parametrize("field", ["image", "file", "buffer"])
    def test_example_of_an_image(self, client: KeyClient, user: User, png: bytes, field: str) -> None:
        response: Any = client.post("/generate/image/image", {field: upload(png)})

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == ["file_path", "generation_id"]
        assert FILE_URL.fullmatch(answer["file_path"])
        assert opened_by_anyone(answer["file_path"]).size == (320, 256)
        job = Job.objects.get(id=answer["generation_id"])
        made = job.outputs.get().content
        assert made.provenance["parents"] == [job.params["image"]]
        assert Content.objects.filter(owner=user).count() == 2

    def test_image_with_prompt_strength_and_seed(self, client: KeyClient, png: bytes) -> None:
        form = {"image": upload(png), "prompt": "at night", "strength": "0.4", "seed": "42"}

        answers = [client.post("/generate/image/image", {**form, "image": upload(png)}).json() for _ in range(2)]

        jobs = [Job.objects.get(id=answer["generation_id"]) for answer in answers]
        for job in jobs:
            assert (job.params["prompt"], job.params["strength"], job.params["seed"]) == ("at night", 0.4, 42)
        assert jobs[0].outputs.get().content.cid == jobs[1].outputs.get().content.cid


@pytest.mark.usefixtures("served")
class TestRefusedUploads:
    def refused(self, client: KeyClient, form: dict[str, Any], status: int = 400) -> str:
        response: Any = client.post("/generate/image/image", form)
        assert response.status_code == status
        assert list(response.json()) == ["error"]
        assert not Job.objects.exists()
        assert not Content.objects.exists()
        return str(response.json()["error"])

    def test_no_image(self, client: KeyClient) -> None:
        assert self.refused(client, {"prompt": "x"}).startswith("'image' is required")

    def test_image_in_another_field(self, client: KeyClient, png: bytes) -> None:
        assert self.refused(client, {"picture": upload(png)}).startswith("'image' is required")

    def test_two_images(self, client: KeyClient, png: bytes) -> None:
        assert self.refused(client, {"image": upload(png), "file": upload(png)}).startswith("'image' is required")

    def test_twenty_images(self, client: KeyClient, png: bytes) -> None:
        assert self.refused(client, {"image": [upload(png) for _ in range(20)]}).startswith("'image' is required")

    def test_image_as_a_text_field(self, client: KeyClient) -> None:
        assert self.refused(client, {"image": "iVBORw0KGgo="}).startswith("'image' is required")

    @pytest.mark.parametrize(
        "data",
        [
            b"just a text, renamed",
            b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
            b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
            b"GIF89a" + b"\0" * 100,
        ],
    )
    def test_what_is_no_picture(self, client: KeyClient, data: bytes) -> None:
        assert self.refused(client, {"image": upload(data)}) == "'image' is not a valid image."

    def test_truncated_picture(self, client: KeyClient, png: bytes) -> None:
        assert self.refused(client, {"image": upload(png[:-40])}) == "'image' is not a valid image."

    def test_picture_bomb(self, client: KeyClient, png: bytes) -> None:
        header = png[:16] + (50_000).to_bytes(4, "big") * 2
        assert "megapixels" in self.refused(client, {"image": upload(header + png[24:])})

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("strength", "1.01", "'strength' must be between 0 and 1."),
            ("strength", "-0.1", "'strength' must be between 0 and 1."),
            ("strength", "nan", "'strength' must be a number."),
            ("strength", "a lot", "'strength' must be a number."),
            ("strength", "0x1", "'strength' must be a number."),
            ("seed", "4294967296", "'seed' must be between 0 and 4294967295."),
            ("seed", "1.5", "'seed' must be a whole number or null."),
            ("seed", "\uff14", "'seed' must be a whole number or null."),
            ("prompt", "x" * 2001, "'prompt' must be at most 2000 characters."),
        ],
    )
    def test_value_beyond_its_bounds(self, client: KeyClient, png: bytes, field: str, value: str, error: str) -> None:
        assert self.refused(client, {"image": upload(png), field: value}) == error

    def test_json_body(self, client: KeyClient) -> None:
        response = post_json(client, "/generate/image/image", {"image": "x"})
        assert response.status_code == 415

    def test_malformed_form(self, client: KeyClient) -> None:
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 300):
            response = client.generic("POST", "/generate/image/image", b"--x\r\nnothing", content_type=content_type)
            assert response.status_code in (400, 415)
            assert list(response.json()) == ["error"]

    def test_form_with_too_many_fields(self, client: KeyClient, png: bytes) -> None:
        form = {"image": upload(png), **{f"field{number}": "x" for number in range(1100)}}
        assert self.refused(client, form) == "The form has too many parts."

    def test_form_with_too_many_files(self, client: KeyClient) -> None:
        form = {f"file{number}": upload(b"x") for number in range(110)}
        assert self.refused(client, form) == "The form has too many parts."


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("body", [{}, {"prompt": 7}, {"prompt": ""}, {"prompt": ["a"]}])
def test_prompt_is_required(client: KeyClient, body: dict[str, Any]) -> None:
    response = post_json(client, "/generate/image/prompt", body)

    assert response.status_code == 400
    assert response.json() == {"error": "'prompt' is required and must be a string."}

"""`POST /generate` and `POST /generate/image` as their two documents show them, with the examples there."""

import base64
import io
import uuid

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from generation.models import Job
from tests.support.clients import KeyClient, post_json


def picture(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG"
    return image


@pytest.mark.usefixtures("worker")
class TestDocumentedRequests:
    def test_example_of_the_analysis_document(self, client: KeyClient) -> None:
        body = {
            "prompt": "A futuristic cityscape at sunset",
            "labels": "city, sunset, futuristic",
            "samples": 50,
            "cfg": 8.0,
            "height": 512,
            "width": 768,
        }

        response = post_json(client, "/generate", body)

        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        answer = response.json()
        assert str(uuid.UUID(answer["request_id"])) == answer["request_id"]
        assert picture(base64.b64decode(answer["generated_image"], validate=True)).size == (768, 512)
        scores = answer["clip_analysis"]["confidence_scores"]
        assert answer["clip_analysis"]["concepts"] == list(scores)
        assert set(scores) == {"city", "sunset", "futuristic"}
        assert all(0 <= score <= 1 for score in scores.values())
        job = Job.objects.get(id=answer["request_id"])
        assert (job.params["num_inference_steps"], job.params["guidance_scale"]) == (50, 8.0)

    def test_example_of_the_fine_tuned_document(self, client: KeyClient) -> None:
        body = {
            "prompt": "photo of sks person as a futuristic astronaut",
            "user_id": "default",
            "num_inference_steps": 30,
            "guidance_scale": 7.5,
            "width": 512,
            "height": 512,
            "seed": 42,
        }

        response = post_json(client, "/generate", body)

        assert response.status_code == 200
        answer = response.json()
        assert answer["success"] is True
        assert answer["message"] == "Image generated successfully"
        assert picture(base64.b64decode(answer["image_base64"], validate=True)).size == (512, 512)
        assert answer["model_id"] == "demo-stable-diffusion"
        assert isinstance(answer["generation_time"], float)
        assert answer["generation_time"] > 0
        assert answer["seed"] == 42
        assert answer["cid"].startswith("bafk")

    def test_answer_has_the_fields_of_both_documents_and_no_others(self, client: KeyClient) -> None:
        answer = post_json(client, "/generate", {"prompt": "a cat", "samples": 1, "width": 256, "height": 256}).json()

        assert sorted(answer) == [
            "cid",
            "clip_analysis",
            "generated_image",
            "generation_time",
            "image_base64",
            "image_path",
            "message",
            "model_id",
            "request_id",
            "seed",
            "success",
        ]
        assert answer["generated_image"] == answer["image_base64"]
        assert 0 <= answer["seed"] <= 2**32 - 1

    def test_image_path_opens_as_it_stands_and_only_signed(self, client: KeyClient) -> None:
        answer = post_json(client, "/generate", {"prompt": "a cat", "samples": 1, "width": 256, "height": 256}).json()
        path = answer["image_path"]

        anyone = Client()

        assert path.startswith("/output/generated_image/")
        opened = anyone.get(path)
        assert (opened.status_code, opened["Content-Type"]) == (200, "image/png")
        assert b"".join(opened) == base64.b64decode(answer["image_base64"])
        assert anyone.get(path.partition("?")[0]).status_code == 404

    def test_binary_example(self, client: KeyClient) -> None:
        body = {
            "prompt": "photo of sks person in a professional suit",
            "user_id": "default",
            "num_inference_steps": 30,
            "guidance_scale": 7.5,
        }

        response = post_json(client, "/generate/image", body, Accept="image/png")

        assert response.status_code == 200
        assert response["Content-Type"] == "image/png"
        assert picture(response.content).size == (512, 512)
        assert response["X-Model-Used"] == "demo-stable-diffusion"
        assert float(response["X-Generation-Time"]) > 0
        assert response["X-Content-Cid"].startswith("bafk")
        assert 0 <= int(response["X-Seed"]) <= 2**32 - 1

    def test_the_same_seed_makes_the_same_bytes(self, client: KeyClient) -> None:
        body = {"prompt": "photo of sks person smiling", "user_id": "default", "seed": 123, "width": 256, "samples": 2}

        first, second = (post_json(client, "/generate/image", body) for _ in range(2))

        assert first.content == second.content
        assert first["X-Content-Cid"] == second["X-Content-Cid"]

    def test_minimal_request_of_the_fine_tuned_document(self, client: KeyClient) -> None:
        response = post_json(
            client, "/generate", {"prompt": "photo of sks person as an astronaut", "user_id": "default"}
        )

        assert response.status_code == 200
        params = Job.objects.get().params
        assert (params["num_inference_steps"], params["guidance_scale"]) == (30, 7.5)
        assert (params["width"], params["height"], params["negative_prompt"]) == (512, 512, "")


@pytest.mark.usefixtures("served")
class TestAcceptedRequests:
    """What a request becomes; nothing is generated."""

    def test_both_names_of_a_field_that_agree(self, client: KeyClient, user: User) -> None:
        body = {"prompt": "x", "samples": 7, "num_inference_steps": 7, "cfg": 3, "guidance_scale": 3.0}

        assert post_json(client, "/generate", body, Prefer="respond-async").status_code == 202

        params = Job.objects.get(owner=user).params
        assert (params["num_inference_steps"], params["guidance_scale"]) == (7, 3.0)

    @pytest.mark.parametrize(
        ("field", "stored", "value"),
        [
            ("samples", "num_inference_steps", 1),
            ("samples", "num_inference_steps", 150),
            ("num_inference_steps", "num_inference_steps", 30.0),
            ("cfg", "guidance_scale", 1),
            ("cfg", "guidance_scale", 20),
            ("guidance_scale", "guidance_scale", 1.5),
            ("width", "width", 256),
            ("width", "width", 1024),
            ("height", "height", 257),
            ("height", "height", 1024),
            ("seed", "seed", 0),
            ("seed", "seed", 2**32 - 1),
            ("prompt", "prompt", "x" * 2000),
            ("prompt", "prompt", "ein Würfel 🎲\nund ' OR 1=1 --"),
            ("negative_prompt", "negative_prompt", ""),
            ("negative_prompt", "negative_prompt", "y" * 2000),
        ],
    )
    def test_value_within_the_bounds(self, client: KeyClient, field: str, stored: str, value: object) -> None:
        response = post_json(client, "/generate", {"prompt": "x", field: value}, Prefer="respond-async")

        assert response.status_code == 202
        assert Job.objects.get().params[stored] == value

    @pytest.mark.parametrize("seed", [{}, {"seed": None}])
    def test_random_seed(self, client: KeyClient, seed: dict[str, None]) -> None:
        for _ in range(2):
            post_json(client, "/generate", {"prompt": "x", **seed}, Prefer="respond-async")

        first, second = (job.params["seed"] for job in Job.objects.all())
        assert first != second

    @pytest.mark.parametrize(
        "labels",
        ["", "city", "city, sunset,  futuristic,", ",".join(["x" * 100] * 100), ", ".join(map(str, range(100)))],
    )
    def test_labels_within_the_bounds(self, client: KeyClient, labels: str) -> None:
        response = post_json(client, "/generate", {"prompt": "x", "labels": labels}, Prefer="respond-async")

        assert response.status_code == 202


REQUIRED = "'prompt' is required and must be a string."
POSITIVE = "'{field}' must be a positive number."
NUMBERS = ("samples", "num_inference_steps", "cfg", "guidance_scale", "width", "height")
BOUNDS = {
    "samples": (1, 150),
    "num_inference_steps": (1, 150),
    "cfg": (1, 20),
    "guidance_scale": (1, 20),
    "width": (256, 1024),
    "height": (256, 1024),
}
NO_POSITIVE_NUMBER = ['"30"', "true", "false", "null", "[]", "[30]", "{}", "-1", "0", "-0.5", "1e400", "-1e400", '""']


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("path", ["/generate", "/generate/image"])
class TestRefusedRequests:
    def refused(self, client: KeyClient, path: str, body: str) -> str:
        response = client.post(path, body, content_type="application/json")
        assert response.status_code == 400
        assert response["Content-Type"] == "application/json"
        assert not Job.objects.exists()
        assert list(response.json()) == ["error"]
        return str(response.json()["error"])

    @pytest.mark.parametrize("prompt", ["7", "true", "null", "[]", '["a"]', "{}", '""', '"  \\n"'])
    def test_prompt_that_is_no_text(self, client: KeyClient, path: str, prompt: str) -> None:
        assert self.refused(client, path, f'{{"prompt": {prompt}}}') == REQUIRED

    def test_prompt_missing(self, client: KeyClient, path: str) -> None:
        assert self.refused(client, path, "{}") == REQUIRED

    def test_prompt_too_long(self, client: KeyClient, path: str) -> None:
        error = self.refused(client, path, f'{{"prompt": "{"x" * 2001}"}}')
        assert error == "'prompt' must be between 1 and 2000 characters."

    @pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
    def test_prompt_that_cannot_be_stored(self, client: KeyClient, path: str, text: str) -> None:
        assert self.refused(client, path, f'{{"prompt": "a{text}b"}}').startswith("'prompt' must not contain")

    @pytest.mark.parametrize("field", NUMBERS)
    @pytest.mark.parametrize("value", NO_POSITIVE_NUMBER)
    def test_number_that_is_no_positive_number(self, client: KeyClient, path: str, field: str, value: str) -> None:
        assert self.refused(client, path, f'{{"prompt": "x", "{field}": {value}}}') == POSITIVE.format(field=field)

    @pytest.mark.parametrize(
        ("field", "value"), [("samples", 1.5), ("num_inference_steps", 29.9), ("width", 300.5), ("height", 512.01)]
    )
    def test_whole_number_with_a_fraction(self, client: KeyClient, path: str, field: str, value: float) -> None:
        assert self.refused(client, path, f'{{"prompt": "x", "{field}": {value}}}') == POSITIVE.format(field=field)

    @pytest.mark.parametrize("field", NUMBERS)
    def test_number_above_its_bound(self, client: KeyClient, path: str, field: str) -> None:
        low, high = BOUNDS[field]
        for value in (str(high + 1), "1e300", "9" * 400):
            error = self.refused(client, path, f'{{"prompt": "x", "{field}": {value}}}')
            assert error in (f"'{field}' must be between {low} and {high}.", POSITIVE.format(field=field))

    @pytest.mark.parametrize(
        ("field", "value"), [("width", 255), ("height", 1), ("cfg", 0.99), ("guidance_scale", 0.1)]
    )
    def test_number_below_its_bound(self, client: KeyClient, path: str, field: str, value: float) -> None:
        low, high = BOUNDS[field]
        error = self.refused(client, path, f'{{"prompt": "x", "{field}": {value}}}')
        assert error == f"'{field}' must be between {low} and {high}."

    @pytest.mark.parametrize("value", ["-1", "4294967296", "9" * 400])
    def test_seed_beyond_its_bounds(self, client: KeyClient, path: str, value: str) -> None:
        error = self.refused(client, path, f'{{"prompt": "x", "seed": {value}}}')
        assert error == "'seed' must be between 0 and 4294967295."

    @pytest.mark.parametrize("value", ['"42"', "true", "[42]", "1.5", "1e400"])
    def test_seed_that_is_no_whole_number(self, client: KeyClient, path: str, value: str) -> None:
        assert (
            self.refused(client, path, f'{{"prompt": "x", "seed": {value}}}')
            == "'seed' must be a whole number or null."
        )

    @pytest.mark.parametrize(
        ("field", "value"),
        [("labels", '["a"]'), ("labels", "null"), ("negative_prompt", "7"), ("user_id", "7"), ("user_id", "null")],
    )
    def test_text_that_is_no_text(self, client: KeyClient, path: str, field: str, value: str) -> None:
        assert self.refused(client, path, f'{{"prompt": "x", "{field}": {value}}}') == f"'{field}' must be a string."

    @pytest.mark.parametrize("labels", [",".join(map(str, range(101))), "x" * 101])
    def test_labels_beyond_their_bounds(self, client: KeyClient, path: str, labels: str) -> None:
        error = self.refused(client, path, f'{{"prompt": "x", "labels": "{labels}"}}')
        assert error == "'labels' must be at most 100 labels of at most 100 characters."

    @pytest.mark.parametrize(
        "pair",
        [
            '"samples": 30, "num_inference_steps": 31',
            '"cfg": 7.5, "guidance_scale": 7.4',
            '"samples": 31, "num_inference_steps": 30',
        ],
    )
    def test_two_names_that_disagree(self, client: KeyClient, path: str, pair: str) -> None:
        assert self.refused(client, path, f'{{"prompt": "x", {pair}}}').endswith("must agree.")

    @pytest.mark.parametrize(
        "body",
        [
            "{",
            "prompt=x",
            '{"prompt": NaN}',
            '{"prompt": "x", "cfg": Infinity}',
            "\ufeff{}",
            "[" * 100_000,
            '{"a":' * 100_000,
            '{"prompt": "x", "seed": ' + "9" * 5000 + "}",
        ],
    )
    def test_malformed_json(self, client: KeyClient, path: str, body: str) -> None:
        assert self.refused(client, path, body) == "The body is not valid JSON."

    @pytest.mark.parametrize("body", ["[]", '"prompt"', "7", "null", '[{"prompt": "x"}]'])
    def test_body_that_is_no_object(self, client: KeyClient, path: str, body: str) -> None:
        assert self.refused(client, path, body) == "The body must be a JSON object."

    def test_bytes_that_are_no_utf8(self, client: KeyClient, path: str) -> None:
        response = client.generic("POST", path, b'{"prompt": "\xff\xfe"}', content_type="application/json")
        assert response.status_code == 400

    @pytest.mark.parametrize("charset", ["utf-7", "hex", "rot13", "nonsense"])
    def test_charset_parameter_changes_nothing(self, client: KeyClient, path: str, charset: str) -> None:
        response = client.generic(
            "POST",
            path,
            b'{"prompt": "x"}',
            content_type=f"application/json; charset={charset}",
            headers={"Prefer": "respond-async"},
        )
        assert response.status_code == 202

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
    def test_other_content_type(self, client: KeyClient, path: str, content_type: str) -> None:
        response = client.post(path, '{"prompt": "x"}', content_type=content_type)
        assert response.status_code == 415
        assert list(response.json()) == ["error"]

    def test_empty_body(self, client: KeyClient, path: str) -> None:
        assert self.refused(client, path, "") == REQUIRED

    def test_prompt_of_ten_megabytes(self, client: KeyClient, path: str) -> None:
        response = client.post(path, '{"prompt": "' + "x" * 10_000_000 + '"}', content_type="application/json")
        assert response.status_code in (400, 413)
        assert not Job.objects.exists()

    @pytest.mark.parametrize("user_id", ["user_123", "", "Default", "../default", "demo-stable-diffusion"])
    def test_unknown_user_id(self, client: KeyClient, path: str, user_id: str) -> None:
        response = post_json(client, path, {"prompt": "x", "user_id": user_id})
        assert (response.status_code, response.json()) == (404, {"error": "There is no such model."})

    def test_other_method(self, client: KeyClient, path: str) -> None:
        response = client.get(path)
        assert response.status_code == 405
        assert list(response.json()) == ["error"]

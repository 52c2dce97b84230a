"""`POST /api/demo_backend_v2/generate`, and `POST /generate` with its words, as Titan's document shows them."""

import io
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from PIL import Image

from accounts.models import Scope, User
from generation.models import Job
from generation.presence import announce_queues
from tests.support.clients import KeyClient, post_json
from tests.support.providers import COHERE_MODEL, TITAN, aws_error, bodies, chat, is_signed, pictures, png, titan
from tests.support.receiver import Receiver
from tests.support.remote import BEDROCK_SLUG, serving_remote, set_up_providers

PATH = "/api/demo_backend_v2/generate"
EXAMPLE = {
    "text": "A beautiful sunset over the ocean",
    "width": 1024,
    "height": 1024,
    "number_of_images": 1,
    "cfg_scale": 8,
    "seed": 42,
    "quality": "standard",
}
BOTH = pytest.mark.parametrize("path", [PATH, "/generate"])
FIELDS = ["engine", "images", "local_path", "message", "model_id", "warnings"]


def opened(url: str) -> Image.Image:
    """The picture at a URL of an answer, for whoever has the URL."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    name = parts.path.removeprefix("/images/").removesuffix(".png")
    assert parts.path == f"/images/{uuid.UUID(name)}.png"
    response: Any = Client().get(f"{parts.path}?{parts.query}")
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    image = Image.open(io.BytesIO(response.getvalue()))
    assert image.format == "PNG"
    return image


@pytest.mark.usefixtures("worker")
class TestWithTheModelThatRunsHere:
    @BOTH
    def test_documented_example(self, client: KeyClient, path: str) -> None:
        response = post_json(client, path, EXAMPLE)

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == FIELDS
        assert answer["message"] == "Images generated successfully"
        assert answer["local_path"] == "generated_images"
        assert (answer["engine"], answer["model_id"]) == ("stable-diffusion", "demo-stable-diffusion")
        assert answer["warnings"] == []
        [url] = answer["images"]
        assert opened(url).size == (1024, 1024)

    def test_several_images_are_private(self, client: KeyClient) -> None:
        body = {"text": "a cat", "number_of_images": 4, "width": 512, "height": 512, "cfg_scale": 20}

        answer = post_json(client, PATH, body).json()

        assert len(set(answer["images"])) == 4
        for url in answer["images"]:
            assert opened(url).size == (512, 512)
            assert Client().get(urlsplit(url).path).status_code == 404


@pytest.mark.usefixtures("served")
class TestRequests:
    @BOTH
    def test_defaults(self, client: KeyClient, path: str) -> None:
        assert post_json(client, path, {"text": "a cat"}, Prefer="respond-async").status_code == 202

        assert Job.objects.get().params == {
            "prompt": "a cat",
            "negative_prompt": "",
            "num_inference_steps": 30,
            "guidance_scale": 8,
            "width": 1024,
            "height": 1024,
            "seed": 42,
            "number_of_images": 1,
            "quality": "standard",
        }

    @pytest.mark.parametrize(
        ("field", "stored", "value"),
        [
            ("text", "prompt", "x" * 512),
            ("text", "prompt", "x"),
            ("width", "width", 512),
            ("width", "width", 1024),
            ("height", "height", 513),
            ("number_of_images", "number_of_images", 4),
            ("cfg_scale", "guidance_scale", 1),
            ("cfg_scale", "guidance_scale", 20),
            ("seed", "seed", 0),
            ("seed", "seed", 2_147_483_646),
            ("quality", "quality", "premium"),
        ],
    )
    def test_value_within_the_bounds(self, client: KeyClient, field: str, stored: str, value: object) -> None:
        response = post_json(client, PATH, {"text": "x", field: value}, Prefer="respond-async")

        assert response.status_code == 202
        assert Job.objects.get().params[stored] == value

    def test_quality_means_steps_to_a_model_that_has_them(self, client: KeyClient) -> None:
        post_json(client, PATH, {"text": "x", "quality": "premium"}, Prefer="respond-async")

        assert Job.objects.get().params["num_inference_steps"] == 50

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ({}, "'text' is required and must be a string."),
            ({"text": ""}, "'text' is required and must be a string."),
            ({"text": " \n"}, "'text' is required and must be a string."),
            ({"text": None}, "'text' is required and must be a string."),
            ({"text": 7}, "'text' is required and must be a string."),
            ({"text": "x" * 513}, "'text' must be between 1 and 512 characters."),
            ({"text": "x", "width": 511}, "'width' must be between 512 and 1024."),
            ({"text": "x", "height": 1025}, "'height' must be between 512 and 1024."),
            ({"text": "x", "width": "512"}, "'width' must be a positive number."),
            ({"text": "x", "number_of_images": 0}, "'number_of_images' must be a positive number."),
            ({"text": "x", "number_of_images": 5}, "'number_of_images' must be between 1 and 4."),
            ({"text": "x", "cfg_scale": 0.9}, "'cfg_scale' must be between 1 and 20."),
            ({"text": "x", "cfg_scale": 20.1}, "'cfg_scale' must be between 1 and 20."),
            ({"text": "x", "seed": -1}, "'seed' must be between 0 and 2147483646."),
            ({"text": "x", "seed": 2_147_483_647}, "'seed' must be between 0 and 2147483646."),
            ({"text": "x", "seed": None}, "'seed' must be a whole number."),
            ({"text": "x", "seed": 1.5}, "'seed' must be a whole number."),
            ({"text": "x", "quality": "best"}, "'quality' must be one of standard, premium."),
        ],
    )
    def test_refused(self, client: KeyClient, body: dict[str, Any], sentence: str) -> None:
        response = post_json(client, PATH, body)

        assert (response.status_code, response.json()) == (400, {"error": sentence})
        assert not Job.objects.exists()

    def test_generate_with_both_words_is_a_request_of_the_other_documents(self, client: KeyClient) -> None:
        post_json(client, "/generate", {"text": "x" * 600, "prompt": "a cat"}, Prefer="respond-async")

        assert Job.objects.get().params["prompt"] == "a cat"

    def test_generate_with_neither_asks_for_a_prompt(self, client: KeyClient) -> None:
        response = post_json(client, "/generate", {"width": 512})

        assert response.json() == {"error": "'prompt' is required and must be a string."}

    def test_credentials_scope_and_method(self, user: User) -> None:
        assert post_json(Client(), PATH, EXAMPLE).status_code == 401
        assert post_json(KeyClient(user, Scope.READ), PATH, EXAMPLE).status_code == 403
        assert KeyClient(user).get(PATH).status_code == 405


@pytest.fixture
def bedrock(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, _clean_state: None
) -> Iterator[Receiver]:
    """Bedrock is set up, at a server on loopback."""
    with Receiver(titan) as receiver:
        set_up_providers(settings, monkeypatch, receiver.base_url)
        announce_queues(["remote"], by="somebody")
        with serving_remote():
            yield receiver


class TestWithBedrock:
    @BOTH
    def test_documented_example(self, client: KeyClient, bedrock: Receiver, path: str) -> None:
        response = post_json(client, path, EXAMPLE)

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == FIELDS
        assert (answer["engine"], answer["model_id"], answer["warnings"]) == ("bedrock", TITAN, [])
        assert opened(answer["images"][0]).size == (1024, 1024)
        [body] = bodies(bedrock)
        assert body["textToImageParams"] == {"text": EXAMPLE["text"]}
        assert body["imageGenerationConfig"] == {
            "numberOfImages": 1,
            "quality": "standard",
            "width": 1024,
            "height": 1024,
            "cfgScale": 8,
            "seed": 42,
        }
        assert all(map(is_signed, bedrock.messages))

    def test_what_the_provider_cannot_take_is_named(self, client: KeyClient, bedrock: Receiver) -> None:
        body = {"text": "a cat", "cfg_scale": 15, "width": 1024, "height": 700, "quality": "premium"}

        answer = post_json(client, PATH, {**body, "number_of_images": 3}).json()

        assert answer["warnings"] == [
            "The guidance scale goes from 1.1 to 10 with this model: 15 became 10.",
            "This model does not make 1024 × 700 pixels: 1152 × 768 is the nearest.",
        ]
        assert [opened(url).size for url in answer["images"]] == [(1152, 768)] * 3
        sent = [each["imageGenerationConfig"] for each in bodies(bedrock)]
        assert sorted(config["seed"] for config in sent) == [42, 43, 44]
        assert {config["quality"] for config in sent} == {"premium"}

    @BOTH
    @pytest.mark.parametrize(
        ("code", "aws_status", "status", "sentence"),
        [
            ("ValidationException", 400, 400, "AWS said this"),
            ("AccessDeniedException", 403, 500, "bedrock:InvokeModel"),
            ("ServiceQuotaExceededException", 400, 500, "AWS Service Quotas"),
            ("ThrottlingException", 429, 500, "asked too often"),
            ("ResourceNotFoundException", 404, 500, "end of life"),
            ("ModelTimeoutException", 408, 500, "did not answer within"),
        ],
    )
    def test_errors_of_aws(
        self, client: KeyClient, bedrock: Receiver, path: str, code: str, aws_status: int, status: int, sentence: str
    ) -> None:
        bedrock.answer = aws_error(code, "AWS said this", aws_status)

        response = post_json(client, path, {"text": "a cat"})

        assert response.status_code == status
        assert list(response.json()) == ["error"]
        assert sentence in response.json()["error"]

    def test_filtered_content(self, client: KeyClient, bedrock: Receiver) -> None:
        bedrock.answer = pictures(png(), error="blocked by our content filters")

        response = post_json(client, PATH, {"text": "a cat"})

        assert response.status_code == 500
        assert "content filter" in response.json()["error"]

    def test_filtered_prompt(self, client: KeyClient, bedrock: Receiver) -> None:
        said = "This request has been blocked by our content filters."
        bedrock.answer = aws_error("ValidationException", said, 400)

        response = post_json(client, PATH, {"text": "a cat"})

        assert (response.status_code, response.json()) == (400, {"error": said})

    def test_other_endpoints_keep_the_model_that_runs_here(
        self, client: KeyClient, bedrock: Receiver, served: None
    ) -> None:
        post_json(client, "/generate/image/prompt", {"prompt": "a cat"}, Prefer="respond-async")

        assert Job.objects.get().checkpoint.slug == "demo-stable-diffusion"

    def test_job_may_name_it(self, client: KeyClient, bedrock: Receiver) -> None:
        body = {"kind": "image", "model": BEDROCK_SLUG, "params": {"prompt": "a cat"}}

        job = post_json(client, "/api/v1/jobs", body, Prefer="wait=60").json()

        assert (job["status"], job["model"], job["result"]) == ("succeeded", BEDROCK_SLUG, {})


@pytest.mark.django_db
def test_bedrock_that_nobody_asks_for_us(
    client: KeyClient, settings: Any, monkeypatch: pytest.MonkeyPatch, served: None
) -> None:
    set_up_providers(settings, monkeypatch, "http://127.0.0.1:9")

    response = post_json(client, PATH, EXAMPLE)

    assert response.status_code == 503
    assert response["Retry-After"]


class TestAsTheDefault:
    """IMAGE_ENGINE and TEXT_ENGINE name providers."""

    @pytest.fixture
    def provider(
        self, transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, _clean_state: None
    ) -> Iterator[Receiver]:
        from generation.workshop import Workshop
        from tests.support.inline_worker import running_worker

        own = (settings.ENGINES, settings.DEFAULT_ENGINES)
        with Receiver(titan) as receiver:
            set_up_providers(settings, monkeypatch, receiver.base_url, IMAGE_ENGINE="bedrock", TEXT_ENGINE="cohere")
            with serving_remote(), running_worker(Workshop()):
                yield receiver
        # Before the tables are emptied: the rows that are written then are what the next test finds.
        settings.ENGINES, settings.DEFAULT_ENGINES = own

    def test_generate_labels_the_picture_where_the_label_model_is(self, client: KeyClient, provider: Receiver) -> None:
        response = post_json(client, "/generate", {"prompt": "a cat", "labels": "cat, dog"})

        answer = response.json()
        assert answer["model_id"] == TITAN
        assert sorted(answer["clip_analysis"]["confidence_scores"]) == ["cat", "dog"]

    def test_registry_says_who_made_it(self, client: KeyClient, provider: Receiver) -> None:
        image = post_json(client, "/generate-image", {"prompt": "a cat"}).json()
        provider.answer = chat({"type": "text", "text": "Hello there."})
        text = post_json(client, "/generate-text", {"prompt": "Greet me."}).json()

        assert (image["engine"], image["model_id"]) == ("bedrock", TITAN)
        assert (text["engine"], text["model_id"], text["text"]) == ("cohere", COHERE_MODEL, "Hello there.")

"""`POST /v1/images/generations` and `/v1/images/edits`, as raw JSON: answers, every bound, every refusal."""

import base64
import io
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Scope, User
from content.models import Content, Visibility
from generation.models import Job, Status
from tests.factories.accounts import QuotaFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory
from tests.support.clients import KeyClient, post_json
from tests.support.image_requests import encoded

PATH = "/v1/images/generations"
EDITS = "/v1/images/edits"
SMALL = {"prompt": "a red circle", "size": "256x256", "quality": "low", "seed": 7}
FIELDS = ["background", "created", "data", "output_format", "quality", "size", "usage"]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def fetched(url: str, client: Client | None = None) -> Any:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    return (client or Client()).get(f"{parts.path}?{parts.query}")


def edited(client: Client, **form: Any) -> Any:
    files = {
        name: SimpleUploadedFile("picture.png", value, "image/png") if isinstance(value, bytes) else value
        for name, value in form.items()
    }
    return client.post(EDITS, files, headers=form.pop("headers", None))


def half_mask(size: tuple[int, int] = (320, 256)) -> bytes:
    """What repaints the left half."""
    picture = Image.new("RGBA", size, (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    return encoded(picture)


def error_of(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "message", "param", "type"]
    error: dict[str, Any] = body["error"]
    return error


@pytest.mark.usefixtures("worker")
class TestPictures:
    def test_both_forms_unless_one_is_asked_for(self, client: KeyClient) -> None:
        response = post_json(client, PATH, SMALL)

        assert response.status_code == 200, response.content
        answer = response.json()
        assert sorted(answer) == FIELDS
        assert (answer["size"], answer["quality"], answer["background"]) == ("256x256", "low", "opaque")
        [entry] = answer["data"]
        data = base64.b64decode(entry["b64_json"])
        assert (opened(data).format, opened(data).size) == ("PNG", (256, 256))
        file = fetched(entry["url"])
        assert (file.status_code, file["Content-Type"], file.getvalue()) == (200, "image/png", data)

    @pytest.mark.parametrize(("wanted", "other"), [("url", "b64_json"), ("b64_json", "url")])
    def test_the_form_asked_for(self, client: KeyClient, wanted: str, other: str) -> None:
        [entry] = post_json(client, PATH, {**SMALL, "response_format": wanted}).json()["data"]

        assert list(entry) == [wanted]
        assert other not in entry

    @pytest.mark.parametrize("name", ["jpeg", "webp"])
    def test_other_formats(self, client: KeyClient, name: str) -> None:
        asked = {**SMALL, "output_format": name, "output_compression": 40}

        answer = post_json(client, PATH, asked).json()

        assert answer["output_format"] == name
        [entry] = answer["data"]
        data = base64.b64decode(entry["b64_json"])
        assert (opened(data).format, opened(data).size) == (name.upper(), (256, 256))
        file = fetched(entry["url"])
        assert (file.status_code, file["Content-Type"], file.getvalue()) == (200, f"image/{name}", data)
        assert file["Cache-Control"] == "private, no-store"
        best = post_json(client, PATH, {**asked, "output_compression": 100}).json()["data"][0]
        assert len(base64.b64decode(best["b64_json"])) > len(data)

    def test_several_are_different(self, client: KeyClient) -> None:
        answer = post_json(client, PATH, {**SMALL, "n": 3}).json()

        assert len({entry["b64_json"] for entry in answer["data"]}) == 3
        assert len({entry["url"] for entry in answer["data"]}) == 3

    def test_a_seed_makes_the_same_again(self, client: KeyClient) -> None:
        first, second = (post_json(client, PATH, SMALL).json()["data"][0]["b64_json"] for _ in range(2))

        assert first == second

    def test_edit_keeps_what_the_mask_covers(self, client: KeyClient, png: bytes) -> None:
        response = edited(client, image=png, mask=half_mask(), prompt="a lake", quality="low")

        assert response.status_code == 200, response.content
        assert response.json()["size"] == "320x256"
        made = opened(base64.b64decode(response.json()["data"][0]["b64_json"])).convert("RGB")
        pixels = np.asarray(made)
        assert (pixels[:, 160:] == (200, 30, 30)).all()
        assert (pixels[:, :160] != (200, 30, 30)).any(axis=2).mean() > 0.9

    def test_edit_of_the_whole(self, client: KeyClient, png: bytes) -> None:
        response = edited(client, **{"image[]": png}, prompt="a lake", n="2", size="256x256", quality="low")

        answer = response.json()
        assert (response.status_code, answer["size"], len(answer["data"])) == (200, "256x256", 2)
        assert Job.objects.get().params["strength"] == 0.75

    def test_a_mask_without_holes_is_the_requests_fault(self, client: KeyClient, png: bytes) -> None:
        response = edited(client, image=png, mask=png, prompt="a lake", quality="low")

        assert response.status_code == 400
        assert error_of(response) == {
            "message": "'mask' must have transparent pixels: they say what is repainted.",
            "type": "invalid_request_error",
            "param": "mask",
            "code": "invalid_input",
        }


@pytest.mark.usefixtures("served")
class TestRequests:
    @pytest.fixture(autouse=True)
    def _no_wait(self, settings: Any) -> None:
        """What is taken against expectation fails at once: nobody works on it."""
        settings.DOCUMENTED_WAIT_SECONDS = 0

    def params(self, client: KeyClient, **fields: Any) -> dict[str, Any]:
        response = post_json(client, PATH, {"prompt": "x", **fields}, Prefer="respond-async")
        assert response.status_code == 202, response.content
        params: dict[str, Any] = Job.objects.get().params
        return params

    def test_defaults(self, client: KeyClient) -> None:
        params = self.params(client)

        assert 0 <= params.pop("seed") < 2**31
        assert params == {
            "prompt": "x",
            "negative_prompt": "",
            "num_inference_steps": 30,
            "guidance_scale": 7.5,
            "width": 512,
            "height": 512,
            "number_of_images": 1,
            "quality": "standard",
        }

    def test_null_means_the_default(self, client: KeyClient) -> None:
        names = (
            "model n size quality background response_format output_format output_compression stream partial_images "
            "moderation style safety_identifier complexity"
        )
        nothing = dict.fromkeys(names.split())

        assert self.params(client, **nothing)["number_of_images"] == 1

    def test_what_changes_nothing_is_taken(self, client: KeyClient) -> None:
        self.params(client, user="u", safety_identifier="s", moderation="low", background="opaque", stream=False)

    @pytest.mark.parametrize(
        ("field", "value", "stored"),
        [
            ("prompt", "x" * 2000, {"prompt": "x" * 2000}),
            ("model", "default", {}),
            ("model", "demo-stable-diffusion", {}),
            ("n", 1, {"number_of_images": 1}),
            ("n", 4, {"number_of_images": 4}),
            ("size", "auto", {"width": 512, "height": 512}),
            ("size", "256x1024", {"width": 256, "height": 1024}),
            ("size", "1024x257", {"width": 1024, "height": 257}),
            ("quality", "low", {"num_inference_steps": 15, "quality": "standard"}),
            ("quality", "standard", {"num_inference_steps": 30, "quality": "standard"}),
            ("quality", "hd", {"num_inference_steps": 50, "quality": "premium"}),
            ("quality", "max", {"num_inference_steps": 50, "quality": "premium"}),
            ("output_compression", 100, {}),
            ("seed", 0, {"seed": 0}),
            ("seed", 2**32 - 1, {"seed": 2**32 - 1}),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_value_within_the_bounds(
        self, client: KeyClient, field: str, value: object, stored: dict[str, Any]
    ) -> None:
        params = self.params(client, **{field: value})

        assert {name: params[name] for name in stored} == stored

    @pytest.mark.parametrize(
        ("body", "param", "sentence"),
        [
            ({}, "prompt", "'prompt' is required and must be a string."),
            ({"prompt": None}, "prompt", "'prompt' is required and must be a string."),
            ({"prompt": ""}, "prompt", "'prompt' is required and must be a string."),
            ({"prompt": 7}, "prompt", "'prompt' is required and must be a string."),
            ({"prompt": "x" * 2001}, "prompt", "'prompt' must be between 1 and 2000 characters."),
            ({"n": 0}, "n", "'n' must be a positive number."),
            ({"n": 5}, "n", "'n' must be between 1 and 4."),
            ({"n": "2"}, "n", "'n' must be a positive number."),
            ({"size": "255x256"}, "size", "'size' must be auto, or WIDTHxHEIGHT with sides from 256 to 1024 pixels."),
            ({"size": "1536x1024"}, "size", "'size' must be auto, or"),
            ({"size": "512"}, "size", "'size' must be auto, or"),
            ({"size": ""}, "size", "'size' must be a string."),
            ({"size": 512}, "size", "'size' must be a string."),
            ({"quality": "best"}, "quality", "'quality' must be one of low, medium, high, auto,"),
            ({"background": "blue"}, "background", "'background' must be one of auto, opaque, transparent."),
            ({"background": "transparent"}, "background", "'background' is not supported here. No model"),
            ({"response_format": "file"}, "response_format", "'response_format' must be one of url, b64_json."),
            ({"output_format": "gif"}, "output_format", "'output_format' must be one of png, jpeg, webp."),
            ({"output_compression": 50}, "output_compression", "'output_compression' is not supported here. With png"),
            (
                {"output_format": "webp", "output_compression": 101},
                "output_compression",
                "'output_compression' must be",
            ),
            ({"output_format": "webp", "output_compression": -1}, "output_compression", "'output_compression' must be"),
            ({"stream": "yes"}, "stream", "'stream' must be true or false."),
            ({"partial_images": 1}, "partial_images", "'partial_images' is not supported here. It goes with 'stream'"),
            ({"partial_images": 4, "stream": True}, "partial_images", "'partial_images' must be between 0 and 3."),
            ({"partial_images": -1, "stream": True}, "partial_images", "'partial_images' must be between 0 and 3."),
            ({"stream": True, "response_format": "url"}, "response_format", "'response_format' is not supported here."),
            ({"moderation": "high"}, "moderation", "'moderation' must be one of auto, low."),
            ({"user": "x" * 513}, "user", "'user' must be at most 512 characters."),
            ({"seed": -1}, "seed", "'seed' must be between 0 and 4294967295."),
            ({"seed": 2**32}, "seed", "'seed' must be between 0 and 4294967295."),
            ({"model": ""}, "model", "'model' must be a string."),
            ({"style": "vivid"}, "style", "'style' is not supported here. Leave it out."),
            ({"frames": 3}, "frames", "'frames' is not known here."),
        ],
        ids=str,
    )
    def test_refused(self, client: KeyClient, body: dict[str, Any], param: str, sentence: str) -> None:
        response = post_json(client, PATH, {"prompt": "x", **body} if body else body)

        assert response.status_code == 400
        error = error_of(response)
        assert error["message"].startswith(sentence)
        assert (error["param"], error["type"]) == (param, "invalid_request_error")
        assert not Job.objects.exists()

    @pytest.mark.parametrize("body", [[], "x", 7, None])
    def test_a_body_that_is_no_object(self, client: KeyClient, body: object) -> None:
        response = client.post(PATH, "null" if body is None else body, content_type="application/json")

        assert response.status_code == 400
        assert error_of(response)["param"] is None

    def test_a_body_that_is_no_json(self, client: KeyClient) -> None:
        response = client.post(PATH, "{", content_type="application/json")

        assert (response.status_code, error_of(response)["message"]) == (400, "The body is not valid JSON.")

    @pytest.mark.parametrize("name", ["no-such-model", "demo-t5-text", "../etc", "ada/face"])
    def test_a_model_that_makes_no_pictures_for_the_caller(self, client: KeyClient, name: str) -> None:
        response = post_json(client, PATH, {"prompt": "x", "model": name})

        assert response.status_code == 404
        assert error_of(response) == {
            "message": "There is no such model.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }

    def test_a_private_model_of_another_user_is_none(self, client: KeyClient) -> None:
        model = PersonalModelFactory()

        for name in (model.alias, f"{model.owner.username}/{model.alias}"):
            assert post_json(client, PATH, {"prompt": "x", "model": name}).status_code == 404

    def test_a_model_of_the_callers_own(self, client: KeyClient, user: User) -> None:
        model = PersonalModelFactory(owner=user)

        post_json(client, PATH, {"prompt": "x", "model": model.alias}, Prefer="respond-async")

        assert Job.objects.get().personal_model == model


@pytest.mark.usefixtures("served")
class TestEditRequests:
    @pytest.fixture(autouse=True)
    def _no_wait(self, settings: Any) -> None:
        """What is taken against expectation fails at once: nobody works on it."""
        settings.DOCUMENTED_WAIT_SECONDS = 0

    @pytest.mark.parametrize(
        ("form", "param", "sentence"),
        [
            ({}, "image", "'image' is required: send one picture, as a file."),
            ({"image": "text"}, "image", "'image' is required: send one picture, as a file."),
            ({"image": b"no picture"}, "image", "'image' is not a valid image."),
            ({"image": encoded(Image.new("RGB", (320, 256))), "mask": b"none"}, "mask", "'mask' is not a valid image."),
            ({"image": encoded(Image.new("RGB", (320, 256))), "mask": "text"}, "mask", "'mask' must be one picture"),
            (
                {"image": encoded(Image.new("RGB", (320, 256))), "mask": half_mask((256, 320))},
                "mask",
                "'mask' must have the size of 'image', 320 × 256 pixels; it has 256 × 320.",
            ),
            ({"image": b"x", "image[]": b"x"}, "image", "'image' is not supported here. Send one picture"),
            ({"image": b"x", "n": "5"}, "n", "'n' must be between 1 and 4."),
            ({"image": b"x", "input_fidelity": "none"}, "input_fidelity", "'input_fidelity' must be one of low, high."),
            ({"image": b"x", "markup": b"x"}, "markup", "'markup' is not known here."),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_refused(self, client: KeyClient, form: dict[str, Any], param: str, sentence: str) -> None:
        response = edited(client, prompt="a lake", **form)

        assert response.status_code == 400
        error = error_of(response)
        assert error["message"].startswith(sentence)
        assert error["param"] == param
        assert not Job.objects.exists()

    def test_a_prompt_is_required(self, client: KeyClient, png: bytes) -> None:
        assert error_of(edited(client, image=png))["param"] == "prompt"

    def test_strength(self, client: KeyClient, png: bytes) -> None:
        edited(client, prompt="a", image=png)
        edited(client, prompt="a", image=png, input_fidelity="high")
        edited(client, prompt="a", image=png, input_fidelity="high", mask=half_mask())

        strengths = [job.params["strength"] for job in Job.objects.order_by("created_at")]
        assert strengths == [0.75, 0.5, 1.0]

    def test_json_is_no_form(self, client: KeyClient) -> None:
        assert post_json(client, EDITS, {"prompt": "x"}).status_code == 415


@pytest.mark.usefixtures("served")
class TestEnds:
    """What is answered where there is no picture."""

    def ended(self, client: KeyClient, user: User, **state: Any) -> Any:
        """The answer of a request whose job has ended already: the idempotency key of an earlier one."""
        post_json(client, PATH, SMALL, Prefer="respond-async", Idempotency_Key="k")
        made = JobFactory.build(owner=user, **state)
        fields = ("status", "finished_at", "error_code", "error_message", "error_retryable")
        Job.objects.update(**{name: getattr(made, name) for name in fields})
        return post_json(client, PATH, SMALL, Idempotency_Key="k")

    def test_still_running(self, client: KeyClient, settings: Any) -> None:
        settings.DOCUMENTED_WAIT_SECONDS = 0

        response = post_json(client, PATH, SMALL)

        path = f"/api/v1/jobs/{Job.objects.get().id}"
        assert (response.status_code, response["x-should-retry"], response["Location"]) == (408, "false", path)
        error = error_of(response)
        assert (error["code"], error["type"], error["param"]) == ("timeout", "timeout_error", None)
        assert f"http://testserver{path}" in error["message"]
        assert Job.objects.get().status == Status.QUEUED

    def test_prefer_respond_async(self, client: KeyClient) -> None:
        response = post_json(client, PATH, SMALL, Prefer="respond-async")

        url = f"http://testserver/api/v1/jobs/{Job.objects.get().id}"
        assert (response.status_code, response.json()) == (202, {"job": url, "status": "queued"})

    def test_failed(self, client: KeyClient, user: User) -> None:
        response = self.ended(client, user, failed=True)

        assert (response.status_code, response["x-should-retry"]) == (500, "false")
        assert error_of(response) == {
            "message": "The engine failed.",
            "type": "server_error",
            "param": None,
            "code": "engine_error",
        }

    def test_failed_for_a_while(self, client: KeyClient, user: User) -> None:
        response = self.ended(client, user, failed=True, error_retryable=True)

        assert response.status_code == 500
        assert "x-should-retry" not in response

    @pytest.mark.parametrize("code", ["invalid_input", "prompt_filtered"])
    def test_refused_by_who_was_to_do_it(self, client: KeyClient, user: User, code: str) -> None:
        response = self.ended(client, user, failed=True, error_code=code, error_message="'prompt' is refused.")

        assert response.status_code == 400
        assert (error_of(response)["code"], error_of(response)["param"]) == (code, "prompt")

    def test_cancelled(self, client: KeyClient, user: User) -> None:
        response = self.ended(client, user, succeeded=True, status=Status.CANCELLED)

        assert (response.status_code, response["x-should-retry"]) == (409, "false")
        assert error_of(response)["code"] == "job_cancelled"

    def test_deleted(self, client: KeyClient, user: User) -> None:
        response = self.ended(client, user, succeeded=True)

        assert (response.status_code, error_of(response)["code"]) == (404, "not_found")

    def test_key_of_another_request(self, client: KeyClient) -> None:
        post_json(client, PATH, SMALL, Prefer="respond-async", Idempotency_Key="k")

        response = post_json(client, PATH, {**SMALL, "n": 2}, Idempotency_Key="k")

        assert (response.status_code, response["x-should-retry"]) == (409, "false")
        assert error_of(response)["code"] == "idempotency_conflict"

    def test_quota(self, client: KeyClient, user: User) -> None:
        QuotaFactory(user=user, active_jobs=1)
        post_json(client, PATH, SMALL, Prefer="respond-async")

        response = post_json(client, PATH, SMALL)

        assert (response.status_code, response["x-should-retry"]) == (429, "false")
        assert (error_of(response)["type"], error_of(response)["code"]) == ("rate_limit_error", "quota_reached")
        assert response["Retry-After"]

    def test_rate_is_worth_another_try(self, client: KeyClient, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from rest_framework.settings import api_settings

        monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "key", "1/day")
        client.get("/v1/models")

        response = client.get("/v1/models")

        assert (response.status_code, error_of(response)["type"]) == (429, "rate_limit_error")
        assert int(response["Retry-After"]) > 0
        assert "x-should-retry" not in response


@pytest.mark.django_db
def test_without_a_worker(client: KeyClient) -> None:
    response = post_json(client, PATH, SMALL)

    assert response.status_code == 503
    assert response["Retry-After"]
    assert error_of(response)["type"] == "server_error"


@pytest.mark.parametrize("path", [PATH, EDITS, "/v1/chat/completions"])
def test_credentials_scope_and_method(user: User, path: str) -> None:
    anonymous, bad = Client(), Client(headers={"Authorization": "Bearer sk-none"})

    assert error_of(post_json(anonymous, path, {}))["type"] == "authentication_error"
    assert post_json(anonymous, path, {}).status_code == 401
    assert error_of(post_json(bad, path, {}))["code"] == "invalid_api_key"
    reader = post_json(KeyClient(user, Scope.READ), path, {})
    assert (reader.status_code, error_of(reader)["type"]) == (403, "permission_error")
    assert KeyClient(user).get(path).status_code == 405


class TestConvertedFiles:
    @pytest.fixture
    def output(self, user: User) -> Any:
        output = JobOutputFactory(job__owner=user)
        from content.services import store

        data = encoded(Image.new("RGBA", (64, 48), (200, 30, 30, 128)))
        stored = store(data)
        Content.objects.filter(pk=output.content.pk).update(cid=stored.cid, size_bytes=stored.size_bytes)
        return output

    def test_owner_others_and_everybody(self, client: KeyClient, output: Any) -> None:
        path = f"/v1/images/{output.id}/80.jpeg"

        assert client.get(path).status_code == 200
        refused = Client().get(path)
        assert (refused.status_code, refused["Cache-Control"]) == (404, "no-store")
        assert error_of(refused)["code"] == "not_found"
        Content.objects.update(visibility=Visibility.PUBLIC)
        public = Client().get(path)
        assert (public.status_code, public["Cache-Control"]) == (200, "public, no-cache")
        assert opened(public.getvalue()).mode == "RGB"
        assert Client().get(path, headers={"If-None-Match": public["ETag"]}).status_code == 304
        part = Client().get(path, headers={"Range": "bytes=0-2"})
        assert (part.status_code, part.getvalue()) == (206, b"\xff\xd8\xff")

    @pytest.mark.parametrize("name", ["101.jpeg", "80.gif", "80.svg", "x.jpeg", "80.jpeg/", "80"])
    def test_no_such_file(self, client: KeyClient, output: Any, name: str) -> None:
        assert client.get(f"/v1/images/{output.id}/{name}").status_code == 404

    def test_transparency_stays_where_the_format_has_it(self, client: KeyClient, output: Any) -> None:
        assert opened(client.get(f"/v1/images/{output.id}/100.webp").getvalue()).mode == "RGBA"

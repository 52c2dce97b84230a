"""`POST /generate/sound` as its document shows it."""

import io
import re
import wave
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from content.models import Content
from generation.models import Job
from tests.factories.accounts import UserFactory
from tests.support.clients import KeyClient, post_json

FILE_URL = re.compile(r"http://testserver/output/generated_sound/[0-9a-f-]{36}\.wav\?s=.+")
EXAMPLE = "a calm and relaxing seaside ambiance"


@pytest.mark.usefixtures("worker")
class TestDocumentedRequest:
    def test_example(self, client: KeyClient, user: User) -> None:
        response = post_json(client, "/generate/sound", {"description": EXAMPLE, "duration": 2})

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == ["file_path", "generation_id"]
        assert FILE_URL.fullmatch(answer["file_path"])
        path = answer["file_path"].removeprefix("http://testserver")
        file: Any = Client().get(path)
        assert (file.status_code, file["Content-Type"]) == (200, "audio/wav")
        with wave.open(io.BytesIO(b"".join(file))) as sound:
            assert sound.getnframes() / sound.getframerate() == pytest.approx(2.0, abs=0.01)
            assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        made = Content.objects.get(owner=user)
        assert (made.kind, made.media_type, made.prompt) == ("audio", "audio/wav", EXAMPLE)
        assert made.duration == pytest.approx(2.0, abs=0.01)
        assert made.provenance["parameters"]["duration"] == 2.0
        # Nobody else's: neither without the signature nor for another user.
        bare = path.split("?")[0]
        assert Client().get(bare).status_code == 404
        assert KeyClient(UserFactory()).get(bare).status_code == 404
        assert client.get(bare).status_code == 200
        # Nor is a sound served as a picture.
        assert client.get(bare.replace("generated_sound", "generated_image").replace(".wav", ".png")).status_code == 404

    def test_the_same_seed_makes_the_same_bytes(self, client: KeyClient) -> None:
        body = {"description": "slow bells", "duration": 1, "seed": 7}

        first, second = (post_json(client, "/generate/sound", body).json()["generation_id"] for _ in range(2))

        assert Job.objects.get(id=first).outputs.get().content == Job.objects.get(id=second).outputs.get().content


@pytest.mark.usefixtures("served")
class TestRequests:
    def test_defaults(self, client: KeyClient) -> None:
        response = post_json(client, "/generate/sound", {"description": EXAMPLE}, Prefer="respond-async")

        assert response.status_code == 202
        params = Job.objects.get().params
        assert (params["description"], params["duration"]) == (EXAMPLE, 30.0)
        assert 0 <= params["seed"] < 2**32

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({}, "'description' is required and must be a string."),
            ({"description": 7}, "'description' is required and must be a string."),
            ({"description": "  "}, "'description' is required and must be a string."),
            ({"description": "x" * 2001}, "'description' must be between 1 and 2000 characters."),
            ({"description": "x", "duration": 0}, "'duration' must be a positive number."),
            ({"description": "x", "duration": 0.5}, "'duration' must be between 1 and 30."),
            ({"description": "x", "duration": 30.5}, "'duration' must be between 1 and 30."),
            ({"description": "x", "duration": "10"}, "'duration' must be a positive number."),
            ({"description": "x", "seed": -1}, "'seed' must be between 0 and 4294967295."),
        ],
        ids=lambda value: "body" if isinstance(value, dict) else None,
    )
    def test_refused_values(self, client: KeyClient, body: dict[str, Any], error: str) -> None:
        response = post_json(client, "/generate/sound", body)

        assert (response.status_code, response.json()) == (400, {"error": error})
        assert not Job.objects.exists()

"""`POST /generate/tags` and `POST /generate-text` as their documents show them."""

from typing import Any

import pytest

from accounts.models import User
from content.models import Content
from content.services import read_bytes
from generation.models import Job
from tests.support.clients import KeyClient, post_json

EXAMPLE = {
    "image_prompt": "a cat riding a bicycle in the rain",
    "sound_description": "a calm and relaxing seaside ambiance",
}


@pytest.mark.usefixtures("worker")
class TestDocumentedRequests:
    def test_example_of_tags(self, client: KeyClient) -> None:
        response = post_json(client, "/generate/tags", EXAMPLE)

        assert response.status_code == 200
        answer = response.json()
        assert list(answer) == ["tags"]
        documented = {"cat", "bicycle", "rain", "calm", "relaxing", "sea"}
        assert len(documented & set(answer["tags"])) >= 5
        assert len(set(answer["tags"])) == len(answer["tags"])
        assert all(tag == tag.lower() for tag in answer["tags"])
        # Tags are no content: nothing is added to the library.
        assert not Content.objects.exists()

    @pytest.mark.parametrize("name", sorted(EXAMPLE))
    def test_one_description_is_enough(self, client: KeyClient, name: str) -> None:
        tags = post_json(client, "/generate/tags", {name: EXAMPLE[name]}).json()["tags"]

        assert set(tags) & {"cat", "calm"} == ({"cat"} if name == "image_prompt" else {"calm"})

    def test_text_is_public_and_kept(self, client: KeyClient, user: User) -> None:
        response = post_json(client, "/generate-text", {"prompt": "a lighthouse in a storm"})

        assert response.status_code == 200
        answer = response.json()
        assert sorted(answer) == ["cid", "engine", "message", "model_id", "text", "url"]
        assert {"lighthouse", "storm"} <= set(answer["text"].lower().replace(".", "").split())
        made = Content.objects.get(owner=user)
        assert (made.kind, made.media_type, made.visibility) == ("text", "text/plain", "public")
        assert read_bytes(content=made).decode() == answer["text"]
        assert (made.cid, made.provenance["engine"]) == (answer["cid"], answer["engine"])
        assert answer["url"] == f"http://testserver/view-text/{made.cid}"
        assert answer["model_id"] == "demo-t5-text"

    def test_max_tokens_ends_a_text(self, client: KeyClient) -> None:
        post_json(client, "/generate-text", {"prompt": "a lighthouse in a storm", "max_tokens": 3})

        result = Job.objects.get().result
        assert (result["completion_tokens"], result["finish_reason"]) == (3, "length")


@pytest.mark.usefixtures("served")
class TestRefusedRequests:
    @pytest.mark.parametrize(
        ("path", "body", "error"),
        [
            ("/generate/tags", {}, "'image_prompt' or 'sound_description' is required and must be a string."),
            (
                "/generate/tags",
                {"image_prompt": " ", "sound_description": ""},
                "'image_prompt' or 'sound_description' is required and must be a string.",
            ),
            ("/generate/tags", {"image_prompt": 7}, "'image_prompt' must be a string."),
            ("/generate/tags", {"image_prompt": "x" * 2001}, "'image_prompt' must be at most 2000 characters."),
            ("/generate-text", {}, "'prompt' is required and must be a string."),
            ("/generate-text", {"prompt": ""}, "'prompt' is required and must be a string."),
            ("/generate-text", {"prompt": "x", "max_tokens": 0}, "'max_tokens' must be a positive number."),
            ("/generate-text", {"prompt": "x", "max_tokens": 1025}, "'max_tokens' must be between 1 and 1024."),
        ],
        ids=lambda value: "body" if isinstance(value, dict) else None,
    )
    def test_refused_values(self, client: KeyClient, path: str, body: dict[str, Any], error: str) -> None:
        response = post_json(client, path, body)

        assert (response.status_code, response.json()) == (400, {"error": error})
        assert not Job.objects.exists()

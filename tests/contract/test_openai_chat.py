"""`POST /v1/chat/completions` and `GET /v1/models`, as raw JSON."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from generation.models import Job, ModelState
from tests.factories.generation import PersonalModelFactory
from tests.support.clients import KeyClient, post_json

PATH = "/v1/chat/completions"
TURNS = [
    {"role": "developer", "content": "You are a sailor."},
    {"role": "user", "content": [{"type": "text", "text": "a forest"}, {"type": "text", "text": "at night"}]},
    {"role": "assistant", "content": "The owls are awake.", "refusal": None, "tool_calls": None, "annotations": []},
    {"role": "user", "content": "a lighthouse in a storm", "name": "ada"},
]
LIST = "'messages' must be a list of 1 to 100 messages."


def asked(**fields: Any) -> dict[str, Any]:
    return {"model": "demo-t5-text", "messages": TURNS[-1:], **fields}


@pytest.mark.usefixtures("worker")
class TestAnswers:
    def test_one(self, client: KeyClient) -> None:
        response = post_json(client, PATH, asked(seed=3, max_tokens=20))

        assert response.status_code == 200, response.content
        answer = response.json()
        job = Job.objects.get()
        assert answer.pop("created") == int(job.created_at.timestamp())
        usage = answer.pop("usage")
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        assert 0 < usage["completion_tokens"] <= 20
        assert answer == {
            "id": f"chatcmpl-{job.id.hex}",
            "object": "chat.completion",
            "model": "demo-t5-text",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": job.result["text"], "refusal": None},
                    "logprobs": None,
                    "finish_reason": job.result["finish_reason"],
                }
            ],
        }

    def test_several(self, client: KeyClient) -> None:
        answer = post_json(client, PATH, asked(seed=3, n=2, max_completion_tokens=20)).json()

        texts = Job.objects.get().result["texts"]
        assert [choice["message"]["content"] for choice in answer["choices"]] == [each["text"] for each in texts]
        assert answer["usage"]["prompt_tokens"] == texts[0]["prompt_tokens"]
        assert answer["usage"]["completion_tokens"] == sum(each["completion_tokens"] for each in texts)


@pytest.mark.usefixtures("served")
class TestRequests:
    @pytest.fixture(autouse=True)
    def _no_wait(self, settings: Any) -> None:
        """What is taken against expectation fails at once: nobody works on it."""
        settings.DOCUMENTED_WAIT_SECONDS = 0

    def params(self, client: KeyClient, **fields: Any) -> dict[str, Any]:
        response = post_json(client, PATH, asked(**fields), Prefer="respond-async")
        assert response.status_code == 202, response.content
        params: dict[str, Any] = Job.objects.get().params
        return params

    def test_defaults(self, client: KeyClient) -> None:
        params = self.params(client)

        assert 0 <= params.pop("seed") < 2**31
        assert params == {
            "messages": [{"role": "user", "content": "a lighthouse in a storm"}],
            "prompt": "a lighthouse in a storm",
            "max_tokens": 1024,
            "temperature": 0.7,
            "stop": [],
            "number_of_texts": 1,
        }

    def test_roles_and_parts(self, client: KeyClient) -> None:
        assert self.params(client, messages=TURNS)["messages"] == [
            {"role": "system", "content": "You are a sailor."},
            {"role": "user", "content": "a forest\nat night"},
            {"role": "assistant", "content": "The owls are awake."},
            {"role": "user", "content": "a lighthouse in a storm"},
        ]

    @pytest.mark.parametrize(
        ("fields", "stored"),
        [
            ({"n": 4}, {"number_of_texts": 4}),
            ({"max_tokens": 1}, {"max_tokens": 1}),
            ({"max_tokens": 4096}, {"max_tokens": 1024}),
            ({"max_tokens": 9, "max_completion_tokens": 9}, {"max_tokens": 9}),
            ({"temperature": 0}, {"temperature": 0}),
            ({"temperature": 2}, {"temperature": 2}),
            ({"seed": -1}, {"seed": 2**32 - 1}),
            ({"seed": 2**32 + 5}, {"seed": 5}),
            ({"stop": "."}, {"stop": ["."]}),
            ({"stop": ["a", "b", "c", "d"]}, {"stop": ["a", "b", "c", "d"]}),
            ({"stop": None, "n": None, "seed": None, "stream": None, "tools": None}, {"stop": []}),
            (
                {
                    "top_p": 1,
                    "logprobs": False,
                    "tools": [],
                    "tool_choice": "none",
                    "response_format": {"type": "text"},
                },
                {},
            ),
            ({"user": "u", "metadata": {"a": "b"}, "store": True, "service_tier": "auto"}, {}),
        ],
        ids=str,
    )
    def test_taken(self, client: KeyClient, fields: dict[str, Any], stored: dict[str, Any]) -> None:
        params = self.params(client, **fields)

        assert {name: params[name] for name in stored} == stored

    @pytest.mark.parametrize(
        ("fields", "param", "sentence"),
        [
            ({"messages": None}, "messages", LIST),
            ({"messages": []}, "messages", LIST),
            ({"messages": "hello"}, "messages", LIST),
            ({"messages": ["hello"]}, "messages", LIST),
            ({"messages": TURNS[-1:] * 101}, "messages", LIST),
            ({"messages": TURNS[:1]}, "messages", "'messages' must have a message of the role user."),
            (
                {"messages": [{"role": "king", "content": "x"}]},
                "messages.0.role",
                "'messages.0.role': 'role' must be one of system,",
            ),
            ({"messages": [{"role": "user"}]}, "messages.0.content", "'messages.0.content': 'content' is required"),
            (
                {"messages": [{"role": "user", "content": None}]},
                "messages.0.content",
                "'messages.0.content': 'content' is required",
            ),
            (
                {"messages": [{"role": "user", "content": 7}]},
                "messages.0.content",
                "'messages.0.content': 'content' is required",
            ),
            (
                {"messages": [{"role": "user", "content": "x" * 8001}]},
                "messages.0.content",
                "'messages.0.content': 'content' must be between",
            ),
            ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role", "'messages.0.role' is not supported"),
            (
                {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
                "messages.0.content.0",
                "'messages.0.content.0' is not supported here. Models here read parts of the type text alone.",
            ),
            (
                {"messages": [{"role": "assistant", "content": "x", "tool_calls": [{"id": "a"}]}]},
                "messages.0.tool_calls",
                "'messages.0.tool_calls' is not supported here.",
            ),
            ({"n": 0}, "n", "'n' must be a positive number."),
            ({"n": 5}, "n", "'n' must be between 1 and 4."),
            ({"max_tokens": 0}, "max_tokens", "'max_tokens' must be a positive number."),
            ({"max_tokens": 1_000_001}, "max_tokens", "'max_tokens' must be between 1 and 1000000."),
            ({"max_tokens": 1, "max_completion_tokens": 2}, "max_tokens", "'max_tokens' and 'max_completion_tokens'"),
            ({"temperature": 2.1}, "temperature", "'temperature' must be between 0 and 2."),
            ({"temperature": -0.1}, "temperature", "'temperature' must be between 0 and 2."),
            ({"seed": 2**63 + 2**20}, "seed", "'seed' must be between"),
            ({"seed": 1.5}, "seed", "'seed' must be a whole number."),
            ({"stop": ["."] * 5}, "stop", "'stop' must be a list of at most 4 strings."),
            ({"stop": 7}, "stop", "'stop' must be a list of at most 4 strings."),
            ({"stream": "true"}, "stream", "'stream' must be true or false."),
            ({"stream_options": {"include_usage": True}}, "stream_options", "'stream_options' is not supported here."),
            ({"stream": True, "stream_options": {"x": 1}}, "x", "'x' is not known here."),
            ({"top_p": 0.5}, "top_p", "'top_p' is not supported here. Leave it out."),
            ({"frequency_penalty": 1}, "frequency_penalty", "'frequency_penalty' is not supported here."),
            ({"logprobs": True}, "logprobs", "'logprobs' is not supported here."),
            ({"tools": [{"type": "function"}]}, "tools", "'tools' is not supported here."),
            ({"response_format": {"type": "json_object"}}, "response_format", "'response_format' is not supported"),
            ({"modalities": ["audio"]}, "modalities", "'modalities' is not supported here."),
            ({"prompt": "x"}, "prompt", "'prompt' is not known here."),
            ({"model": 7}, "model", "'model' must be a string."),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_refused(self, client: KeyClient, fields: dict[str, Any], param: str, sentence: str) -> None:
        response = post_json(client, PATH, asked(**fields))

        assert response.status_code == 400, response.content
        error = response.json()["error"]
        assert error["message"].startswith(sentence)
        assert (error["param"], error["type"]) == (param, "invalid_request_error")
        assert not Job.objects.exists()

    def test_a_model_that_writes_nothing(self, client: KeyClient) -> None:
        response = post_json(client, PATH, asked(model="demo-stable-diffusion"))

        assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.django_db
class TestModels:
    def test_default_models_and_what_the_caller_can_use(self, client: KeyClient, user: User) -> None:
        own = PersonalModelFactory(owner=user)
        shared = PersonalModelFactory(shared=True)
        PersonalModelFactory()
        PersonalModelFactory(owner=user, draft=True)

        body = client.get("/v1/models").json()

        assert body["object"] == "list"
        names = [model["id"] for model in body["data"]]
        theirs = f"{shared.owner.username}/{shared.alias}"
        assert names[:2] == ["demo-stable-diffusion", "demo-t5-text"]
        assert sorted(names[2:]) == sorted([own.alias, theirs])
        for model in body["data"]:
            assert sorted(model) == ["created", "id", "object", "owned_by"]
            assert client.get(f"/v1/models/{model['id']}").json() == model
        # As OpenAI's clients write the slash.
        assert client.get("/v1/models/" + theirs.replace("/", "%2F")).json()["owned_by"] == shared.owner.username

    def test_what_is_none_for_the_caller(self, client: KeyClient, user: User) -> None:
        private, draft = PersonalModelFactory(), PersonalModelFactory(owner=user, draft=True)
        assert draft.state == ModelState.DRAFT

        for name in ("none", private.alias, f"{private.owner.username}/{private.alias}", draft.alias, "demo-musicgen"):
            response = client.get(f"/v1/models/{name}")

            assert response.status_code == 404
            assert response.json()["error"] == {
                "message": "There is no such model.",
                "type": "invalid_request_error",
                "param": "model",
                "code": "model_not_found",
            }

    def test_credentials(self) -> None:
        assert Client().get("/v1/models").status_code == 401
        assert Client().get("/v1/models/demo-t5-text").status_code == 401

"""Jobs of the kind `text`: conversations, stops, several answers, and what each may say."""

from typing import Any

import pytest

from accounts.models import User
from content.models import Content
from content.services import read_bytes
from generation.models import Job
from tests.support.clients import KeyClient, post_json

TURNS = [
    {"role": "system", "content": "You are a sailor."},
    {"role": "user", "content": "a forest at night"},
    {"role": "assistant", "content": "The owls are awake."},
    {"role": "user", "content": "a lighthouse in a storm"},
]


def made(client: KeyClient, **params: Any) -> dict[str, Any]:
    response = client.post(
        "/api/v1/jobs",
        {"kind": "text", "params": {"seed": 3, "max_tokens": 40, **params}},
        content_type="application/json",
        headers={"Prefer": "wait=60"},
    )
    assert response.status_code == 200, response.content
    job: dict[str, Any] = response.json()
    assert job["status"] == "succeeded", job["error"]
    return job


@pytest.mark.usefixtures("worker")
class TestConversations:
    def test_a_model_without_turns_reads_the_last_question_and_says_so(self, client: KeyClient) -> None:
        alone = made(client, prompt="a lighthouse in a storm")
        conversation = made(client, messages=TURNS)

        assert conversation["result"]["text"] == alone["result"]["text"]
        assert "warnings" not in alone["result"]
        assert conversation["result"]["warnings"] == [
            "This model knows no conversations: it was given the user's last message alone."
        ]
        assert (conversation["params"]["messages"], conversation["params"]["prompt"]) == (
            TURNS,
            "a lighthouse in a storm",
        )

    def test_a_single_turn_is_a_prompt(self, client: KeyClient) -> None:
        job = made(client, messages=TURNS[-1:])

        assert "warnings" not in job["result"]

    def test_several_texts_have_seeds_of_their_own(self, client: KeyClient, user: User) -> None:
        job = made(client, prompt="a lighthouse in a storm", number_of_texts=2)
        second = made(client, prompt="a lighthouse in a storm", seed=4)

        texts = [answer["text"] for answer in job["result"]["texts"]]
        assert texts == [job["result"]["text"], second["result"]["text"]]
        assert len(job["outputs"]) == 2
        stored = {read_bytes(content=row).decode() for row in Content.objects.filter(owner=user)}
        assert stored == set(texts)

    def test_a_text_ends_before_a_stop(self, client: KeyClient) -> None:
        whole = made(client, prompt="a lighthouse in a storm")["result"]["text"]
        word = whole.split()[3]

        job = made(client, prompt="a lighthouse in a storm", stop=["nowhere in it", word])

        assert job["result"]["text"] == whole[: whole.index(word)]
        assert job["result"]["finish_reason"] == "stop"

    def test_temperature_zero_needs_no_luck(self, client: KeyClient) -> None:
        texts = {made(client, prompt="the sea", temperature=0, seed=seed)["result"]["text"] for seed in (1, 2)}

        assert len(texts) == 1


LIST = "'messages' must be a list of 1 to 100 messages."
STOPS = "'stop' must be a list of at most 4 strings."


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("params", "field", "error"),
    [
        ({}, "prompt", "'prompt' is required and must be a string."),
        ({"prompt": "a", "messages": TURNS}, "messages", "'messages' and 'prompt' exclude each other."),
        ({"messages": []}, "messages", LIST),
        ({"messages": None}, "messages", LIST),
        ({"messages": "hello"}, "messages", LIST),
        ({"messages": TURNS * 26}, "messages", LIST),
        (
            {"messages": TURNS[:1]},
            "messages",
            "'messages' must have a message of the role user.",
        ),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages.0.role", "'role' must be one of system,"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content", "'content' is required"),
        ({"messages": [{"role": "user", "content": "x" * 8001}]}, "messages.0.content", "'content' must be between"),
        ({"messages": [{"role": "user"}]}, "messages.0.content", "'content' is required"),
        (
            {"messages": [{"role": "user", "content": "x" * 8000}] * 5},
            "messages",
            "'messages' must have at most 32000 characters together.",
        ),
        ({"prompt": "a", "temperature": 2.1}, "temperature", "'temperature' must be between 0 and 2."),
        ({"prompt": "a", "temperature": "hot"}, "temperature", "'temperature' must be a number."),
        ({"prompt": "a", "stop": "."}, "stop", STOPS),
        ({"prompt": "a", "stop": ["."] * 5}, "stop", STOPS),
        ({"prompt": "a", "stop": [""]}, "stop.0", "'stop' must be a string."),
        ({"prompt": "a", "number_of_texts": 5}, "number_of_texts", "'number_of_texts' must be between 1 and 4."),
        ({"prompt": "a", "number_of_texts": 0}, "number_of_texts", "'number_of_texts' must be a positive number."),
    ],
    ids=str,
)
def test_refused_params(client: KeyClient, params: dict[str, Any], field: str, error: str) -> None:
    response = post_json(client, "/api/v1/jobs", {"kind": "text", "params": params})

    assert response.status_code == 400
    [[name, [sentence]]] = response.json()["errors"].items()
    assert name == f"params.{field}"
    assert sentence.startswith(error)
    assert not Job.objects.exists()

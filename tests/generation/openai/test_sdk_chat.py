"""Texts and the list of models through OpenAI's client."""

import asyncio
from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError, OpenAI

from tests.generation.openai.conftest import SECONDS
from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes

MODEL = "demo-t5-text"
MESSAGES: list[Any] = [{"role": "user", "content": "a lighthouse in a storm"}]


def asked(**changes: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": MESSAGES, "seed": 3, "max_tokens": 40, **changes}


def test_completion(client: OpenAI) -> None:
    made = client.chat.completions.create(**asked())

    [choice] = made.choices
    assert (made.object, made.model) == ("chat.completion", MODEL)
    assert made.id.startswith("chatcmpl-")
    assert {"lighthouse", "storm"} & set((choice.message.content or "").lower().replace(".", "").split())
    assert (choice.index, choice.message.role, choice.message.refusal) == (0, "assistant", None)
    assert choice.finish_reason in ("stop", "length")
    assert made.usage is not None
    assert made.usage.prompt_tokens > 0
    assert 0 < made.usage.completion_tokens <= 40
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


def test_the_same_seed_makes_the_same_text(client: OpenAI) -> None:
    texts = {client.chat.completions.create(**asked()).choices[0].message.content for _ in range(2)}

    assert len(texts) == 1


def test_stream_says_the_same_in_pieces(client: OpenAI) -> None:
    whole = client.chat.completions.create(**asked())

    chunks = list(client.chat.completions.create(**asked(stream=True, stream_options={"include_usage": True})))

    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    *content, last = chunks
    deltas = [chunk.choices[0].delta for chunk in content]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    assert sum(1 for delta in deltas if delta.content) > 1
    assert [chunk.choices[0].finish_reason for chunk in content[:-1]] == [None] * (len(content) - 1)
    assert content[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert (last.choices, last.usage) == ([], whole.usage)


def test_several_answers(client: OpenAI) -> None:
    whole = client.chat.completions.create(**asked(n=3))
    streamed = ["", "", ""]
    for chunk in client.chat.completions.create(**asked(n=3, stream=True)):
        for choice in chunk.choices:
            streamed[choice.index] += choice.delta.content or ""

    assert [choice.index for choice in whole.choices] == [0, 1, 2]
    assert [choice.message.content for choice in whole.choices] == streamed


def test_a_stop_ends_the_text(client: OpenAI) -> None:
    whole = client.chat.completions.create(**asked()).choices[0].message.content or ""
    word = whole.split()[2]

    cut = client.chat.completions.create(**asked(stop=word)).choices[0]

    assert cut.message.content == whole[: whole.index(word)]
    assert cut.finish_reason == "stop"


def test_parts_and_earlier_turns(client: OpenAI) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "a forest"},
        client.chat.completions.create(**asked()).choices[0].message,
        {"role": "user", "content": [{"type": "text", "text": "a lighthouse in a storm"}]},
    ]

    made = client.chat.completions.create(**asked(messages=messages))

    assert made.choices[0].message.content


def test_limit_of_tokens_is_a_reason_to_finish(client: OpenAI) -> None:
    made = client.chat.completions.create(**asked(max_tokens=None, max_completion_tokens=2))

    assert made.choices[0].finish_reason == "length"
    assert made.usage is not None
    assert made.usage.completion_tokens == 2


def test_asynchronous_client(atelier: RunningAtelier, key: str) -> None:
    async def text() -> str:
        async with AsyncOpenAI(base_url=f"{atelier.base_url}/v1", api_key=key, timeout=SECONDS) as client:
            stream = await client.chat.completions.create(**asked(stream=True))
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert asyncio.run(text()).strip()


def test_models_are_listed_and_found(client: OpenAI) -> None:
    found = {model.id: model for model in client.models.list()}

    assert {MODEL, "demo-stable-diffusion"} <= set(found)
    assert client.models.retrieve(MODEL) == found[MODEL]
    assert found[MODEL].object == "model"
    with pytest.raises(NotFoundError) as raised:
        client.models.retrieve("gpt-7")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")

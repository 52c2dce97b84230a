"""Cohere through its client, against a server on loopback that speaks its v2 chat."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from common.errors import AtelierError
from generation.engines.base import Engine, Message, TextRequest
from tests.support.providers import COHERE_KEY, COHERE_MODEL, bodies, chat, cut, in_json, in_turn, no_step, raw
from tests.support.receiver import Answer, Receiver

Make = Callable[..., Engine]
HELLO = {"type": "text", "text": "Hello there."}


def asked(**changes: Any) -> TextRequest:
    return TextRequest(**{"prompt": "Greet me.", "seed": 7, "max_tokens": 50, "temperature": 0.5, **changes})


@pytest.fixture
def engine(make_engine: Make, provider: Receiver) -> Callable[..., Engine]:
    def make(**options: Any) -> Engine:
        place = {"api_key": COHERE_KEY, "base_url": provider.base_url}
        return make_engine("cohere.CohereEngine", COHERE_MODEL, **{**place, **options})

    return make


def failure(engine: Engine) -> AtelierError:
    with pytest.raises(AtelierError) as caught:
        engine.run([asked()], no_step)
    assert caught.value.__cause__ is None
    return caught.value


def test_request_carries_the_key_and_the_parameters(engine: Make, provider: Receiver) -> None:
    provider.answer = chat(HELLO)

    [result] = engine().run([asked()], no_step)

    [message] = provider.messages
    assert message.path == "/v2/chat"
    assert message.headers["authorization"] == f"Bearer {COHERE_KEY}"
    [body] = bodies(provider)
    assert body == {
        "model": COHERE_MODEL,
        "messages": [{"role": "user", "content": "Greet me."}],
        "max_tokens": 50,
        "temperature": 0.5,
        "seed": 7,
        "stream": False,
    }
    assert (result.text, result.finish_reason) == ("Hello there.", "stop")
    assert (result.prompt_tokens, result.completion_tokens) == (11, 7)
    assert (result.metadata["engine"], result.metadata["model_id"]) == ("cohere", COHERE_MODEL)
    assert "warnings" not in result.metadata


def test_conversation_is_sent_turn_by_turn(engine: Make, provider: Receiver) -> None:
    provider.answer = chat(HELLO)
    turns = [("system", "Be brief."), ("user", "Hello"), ("assistant", "Hi."), ("user", "Greet me.")]

    engine().run([asked(messages=tuple(Message(*turn) for turn in turns))], no_step)

    [body] = bodies(provider)
    assert [(message["role"], message["content"]) for message in body["messages"]] == turns


def test_thoughts_are_no_text(engine: Make, provider: Receiver) -> None:
    provider.answer = chat({"type": "thinking", "thinking": "They want a greeting."}, HELLO, finish_reason="MAX_TOKENS")

    [result] = engine().run([asked()], no_step)

    assert (result.text, result.finish_reason) == ("Hello there.", "length")


def test_temperature_beyond_its_range_is_brought_near_and_named(engine: Make, provider: Receiver) -> None:
    provider.answer = chat(HELLO)

    [result] = engine().run([asked(temperature=1.5)], no_step)

    assert bodies(provider)[0]["temperature"] == 1
    assert result.metadata["warnings"] == ["The temperature goes from 0 to 1 with this model: 1.5 became 1."]


@pytest.mark.parametrize(
    ("status", "code", "sentence", "tries"),
    [
        (401, "provider_credentials", "COHERE_API_KEY", 1),
        (402, "provider_quota", "quota", 1),
        (403, "provider_denied", "denies access", 1),
        (404, "provider_gone", "COHERE_MODEL", 1),
        (429, "provider_throttled", "Try again in a minute", 3),
        (498, "content_filtered", "Write the prompt differently", 1),
        (500, "provider_away", "Try again", 3),
        (503, "provider_away", "Try again", 3),
        (504, "provider_timeout", "PROVIDER_TIMEOUT_SECONDS", 1),
    ],
)
def test_each_status_has_a_sentence_and_the_right_number_of_tries(
    engine: Make, provider: Receiver, status: int, code: str, sentence: str, tries: int
) -> None:
    provider.answer = in_json({"message": "it said something"}, status=status)

    error = failure(engine())

    assert error.code == code
    assert sentence in error.message
    assert len(provider.messages) == tries


def test_calls_of_a_trial_key_that_are_spent_are_not_tried_again(engine: Make, provider: Receiver) -> None:
    said = "You are using a Trial key, which is limited to 1000 API calls / month."
    provider.answer = in_json({"message": said}, status=429)

    assert failure(engine()).code == "provider_quota"
    assert len(provider.messages) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_wrong_request_gives_the_sentence_of_the_provider(engine: Make, provider: Receiver, status: int) -> None:
    provider.answer = in_json({"message": "too many tokens: 9000 is more than 4096"}, status=status)

    error = failure(engine())

    assert (error.code, error.message) == ("invalid_input", "too many tokens: 9000 is more than 4096")


def test_what_passes_is_tried_again(engine: Make, provider: Receiver) -> None:
    provider.answer = in_turn(in_json({"message": "busy"}, status=503), cut, chat(HELLO))

    assert len(engine().run([asked()], no_step)) == 1
    assert len(provider.messages) == 3


@pytest.mark.parametrize("reason", ["ERROR", "TIMEOUT"])
def test_model_that_did_not_come_to_an_end(engine: Make, provider: Receiver, reason: str) -> None:
    provider.answer = chat(HELLO, finish_reason=reason)

    assert failure(engine()).code == "provider_model_failed"


@pytest.mark.parametrize(
    "answer", [raw(b"{"), raw(b""), in_json([]), in_json({}), in_json({"message": {}}), in_json({"message": 7}), chat()]
)
def test_answer_that_cannot_be_read(engine: Make, provider: Receiver, answer: Answer) -> None:
    provider.answer = answer

    assert failure(engine()).code == "provider_unreadable"


def test_slow_answer(engine: Make, provider: Receiver) -> None:
    provider.answer = provider.hang

    assert failure(engine(timeout=0.3)).code == "provider_timeout"
    assert len(provider.messages) == 1


def test_nobody_listens(engine: Make) -> None:
    assert failure(engine(base_url="http://127.0.0.1:9")).code == "provider_away"


def test_no_secret_in_log_or_error(engine: Make, provider: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    provider.answer = in_json({"message": f"Bearer {COHERE_KEY} is wrong"}, status=400)

    with caplog.at_level(logging.INFO):
        error = failure(engine())

    assert COHERE_KEY not in caplog.text + error.message + repr(error)

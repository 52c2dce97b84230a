"""Hugging Face Inference through its client, against an endpoint on loopback."""

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from huggingface_hub import constants
from PIL import Image

from common.errors import AtelierError, InvalidInput
from generation.engines.base import Engine, ImageRequest
from generation.engines.errors import EngineLoadError
from tests.support.providers import HF_MODEL, HF_TOKEN, bodies, cut, in_json, in_turn, no_step, png, raw
from tests.support.receiver import Answer, Receiver

Make = Callable[..., Engine]


def asked(**changes: Any) -> ImageRequest:
    values = {"seed": 42, "width": 512, "height": 300, "num_inference_steps": 20, "guidance_scale": 5.0}
    return ImageRequest(**{"prompt": "a sunset over the ocean", **values, **changes})


def picture(size: tuple[int, int] = (512, 304)) -> Answer:
    return raw(png(size), content_type="image/png")


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def engine(make_engine: Make, provider: Receiver) -> Callable[..., Engine]:
    def make(**options: Any) -> Engine:
        place = {"token": HF_TOKEN, "base_url": provider.base_url}
        return make_engine("huggingface.HuggingFaceEngine", HF_MODEL, **{**place, **options})

    return make


def failure(engine: Engine) -> AtelierError:
    with pytest.raises(AtelierError) as caught:
        engine.run([asked()], no_step)
    assert caught.value.__cause__ is None
    return caught.value


def test_request_carries_the_token_and_the_parameters(engine: Make, provider: Receiver) -> None:
    provider.answer = picture()

    [result] = engine().run([asked(negative_prompt="boats")], no_step)

    [message] = provider.messages
    assert message.headers["authorization"] == f"Bearer {HF_TOKEN}"
    assert bodies(provider) == [
        {
            "inputs": "a sunset over the ocean",
            "parameters": {
                "negative_prompt": "boats",
                "height": 304,
                "width": 512,
                "num_inference_steps": 20,
                "guidance_scale": 5.0,
                "seed": 42,
            },
        }
    ]
    assert Image.open(io.BytesIO(result.data)).size == (512, 300)
    assert (result.metadata["engine"], result.metadata["model_id"]) == ("huggingface", HF_MODEL)
    assert "warnings" not in result.metadata


def test_picture_of_another_size_is_kept_and_named(engine: Make, provider: Receiver) -> None:
    provider.answer = picture((1024, 1024))

    [result] = engine().run([asked()], no_step)

    assert (result.width, result.height) == (1024, 1024)
    assert result.metadata["warnings"] == ["This model does not make 512 × 300 pixels: 1024 × 1024 is the nearest."]


def test_picture_from_a_picture_is_refused(engine: Make) -> None:
    with pytest.raises(InvalidInput, match="from prompts only"):
        engine().run([asked(image=png(), strength=0.5)], no_step)


@pytest.mark.parametrize(
    ("status", "code", "sentence", "tries"),
    [
        (401, "provider_credentials", "HF_TOKEN", 1),
        (402, "provider_quota", "monthly credits", 1),
        (403, "provider_denied", "licence", 1),
        (404, "provider_gone", "HF_IMAGE_MODEL", 1),
        (410, "provider_gone", "HF_IMAGE_MODEL", 1),
        (429, "provider_throttled", "Try again in a minute", 3),
        (500, "provider_away", "Try again", 3),
        (503, "provider_not_ready", "still being started", 3),
        (504, "provider_timeout", "PROVIDER_TIMEOUT_SECONDS", 1),
    ],
)
def test_each_status_has_a_sentence_and_the_right_number_of_tries(
    engine: Make, provider: Receiver, status: int, code: str, sentence: str, tries: int
) -> None:
    provider.answer = in_json({"error": "it said something"}, status=status)

    error = failure(engine())

    assert error.code == code
    assert sentence in error.message
    assert len(provider.messages) == tries


@pytest.mark.parametrize("status", [400, 422])
def test_wrong_request_gives_the_sentence_of_the_provider(engine: Make, provider: Receiver, status: int) -> None:
    provider.answer = in_json({"error": "width must be at most 512"}, status=status)

    error = failure(engine())

    assert error.code == "invalid_input"
    assert "width must be at most 512" in error.message


def test_what_passes_is_tried_again(engine: Make, provider: Receiver) -> None:
    provider.answer = in_turn(in_json({"error": "loading"}, status=503), cut, picture())

    assert len(engine().run([asked()], no_step)) == 1
    assert len(provider.messages) == 3


@pytest.mark.parametrize("answer", [raw(b"{"), raw(b""), in_json({"images": []}), raw(b"no picture")])
def test_answer_that_cannot_be_read(engine: Make, provider: Receiver, answer: Answer) -> None:
    provider.answer = answer

    assert failure(engine()).code == "provider_unreadable"


def test_slow_answer(engine: Make, provider: Receiver) -> None:
    provider.answer = provider.hang

    error = failure(engine(timeout=0.3))

    assert error.code == "provider_timeout"
    assert len(provider.messages) == 1


def test_client_that_is_switched_off(engine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(EngineLoadError, match="unset HF_HUB_OFFLINE"):
        engine()


def test_nobody_listens(engine: Make) -> None:
    assert failure(engine(base_url="http://127.0.0.1:9")).code == "provider_away"


def test_no_secret_in_log_or_error(engine: Make, provider: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    provider.answer = in_json({"error": f"Bearer {HF_TOKEN} is wrong"}, status=400)

    with caplog.at_level(logging.INFO):
        error = failure(engine())

    assert HF_TOKEN not in caplog.text + error.message + repr(error)

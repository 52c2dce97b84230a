"""Bedrock's image models through boto3, against a server on loopback that speaks `InvokeModel`."""

import base64
import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from common.errors import AtelierError, InvalidInput
from generation.engines.base import Engine, ImageRequest, Lora
from generation.engines.errors import EngineLoadError
from generation.engines.png import read_parameters
from tests.support.providers import (
    ACCESS_KEY,
    REGION,
    SECRET_KEY,
    TITAN,
    aws_error,
    bodies,
    cut,
    in_json,
    in_turn,
    is_signed,
    no_step,
    pictures,
    png,
    raw,
    steps_into,
    titan,
)
from tests.support.receiver import Receiver

pytestmark = pytest.mark.usefixtures("aws")

NOVA = "us.amazon.nova-canvas-v1:0"
SD3 = "stability.sd3-5-large-v1:0"
CORE = "stability.stable-image-core-v1:1"
Make = Callable[..., Engine]


def asked(**changes: Any) -> ImageRequest:
    values = {"seed": 42, "width": 512, "height": 512, "num_inference_steps": 30, "guidance_scale": 8.0}
    return ImageRequest(**{"prompt": "a sunset over the ocean", **values, **changes})


@pytest.fixture
def engine(make_engine: Make, provider: Receiver) -> Callable[..., Engine]:
    def make(model: str = TITAN, **options: Any) -> Engine:
        return make_engine("bedrock.BedrockEngine", model, region=REGION, endpoint_url=provider.base_url, **options)

    return make


class TestTitan:
    def test_request_is_signed_and_has_the_documented_body(self, engine: Make, provider: Receiver) -> None:
        provider.answer = titan

        [result] = engine().run([asked(negative_prompt="boats", quality="premium")], no_step)

        [message] = provider.messages
        assert message.path == "/model/amazon.titan-image-generator-v2%3A0/invoke"
        assert message.headers["content-type"] == "application/json"
        assert is_signed(message)
        assert bodies(provider) == [
            {
                "taskType": "TEXT_IMAGE",
                "textToImageParams": {"text": "a sunset over the ocean", "negativeText": "boats"},
                "imageGenerationConfig": {
                    "numberOfImages": 1,
                    "quality": "premium",
                    "height": 512,
                    "width": 512,
                    "cfgScale": 8.0,
                    "seed": 42,
                },
            }
        ]
        assert (result.width, result.height, result.media_type) == (512, 512, "image/png")
        assert Image.open(io.BytesIO(result.data)).size == (512, 512)
        assert "warnings" not in result.metadata

    def test_picture_says_how_it_was_made(self, engine: Make, provider: Receiver) -> None:
        provider.answer = titan

        [result] = engine().run([asked()], no_step)

        parameters = read_parameters(result.data)
        assert parameters == result.metadata
        assert (parameters["engine"], parameters["model_id"], parameters["seed"]) == ("bedrock", TITAN, 42)
        assert ACCESS_KEY not in str(parameters)

    def test_several_pictures_have_seeds_of_their_own_and_are_told_of_one_by_one(
        self, engine: Make, provider: Receiver
    ) -> None:
        provider.answer = titan
        heard: list[tuple[int, int]] = []

        results = engine().run([asked(seed=seed) for seed in (7, 8, 9)], steps_into(heard))

        assert [result.metadata["seed"] for result in results] == [7, 8, 9]
        assert sorted(body["imageGenerationConfig"]["seed"] for body in bodies(provider)) == [7, 8, 9]
        assert heard[-1] == (4, 4)
        assert [step for step, _ in heard] == sorted(step for step, _ in heard)

    def test_what_it_cannot_take_is_brought_near_and_named(self, engine: Make, provider: Receiver) -> None:
        provider.answer = titan
        request = asked(
            prompt="x" * 600, guidance_scale=12.5, seed=2**32 - 1, width=900, height=600, num_inference_steps=50
        )

        [result] = engine().run([request], no_step)

        [body] = bodies(provider)
        config = body["imageGenerationConfig"]
        assert body["textToImageParams"]["text"] == "x" * 512
        assert (config["cfgScale"], config["seed"]) == (10.0, (2**32 - 1) % 2_147_483_647)
        assert (config["width"], config["height"]) == (1152, 768) == (result.width, result.height)
        assert result.metadata["warnings"] == [
            "This model chooses its own number of steps: 50 was not used.",
            "The guidance scale goes from 1.1 to 10 with this model: 12.5 became 10.",
            "Seeds end at 2147483646 with this model: 4294967295 became 1.",
            "A prompt has at most 512 characters with this model: the rest was left out.",
            "This model does not make 900 × 600 pixels: 1152 × 768 is the nearest.",
        ]

    def test_picture_from_a_picture_is_a_variation(self, engine: Make, provider: Receiver) -> None:
        provider.answer = titan

        [result] = engine().run([asked(image=png((640, 480)), strength=0.9)], no_step)

        [body] = bodies(provider)
        assert body["taskType"] == "IMAGE_VARIATION"
        params = body["imageVariationParams"]
        assert params["text"] == "a sunset over the ocean"
        assert params["similarityStrength"] == 0.2
        assert Image.open(io.BytesIO(base64.b64decode(params["images"][0]))).size == (512, 512)
        assert any("likeness" in warning for warning in result.metadata["warnings"])


class TestOtherFamilies:
    def test_nova_canvas_takes_multiples_of_16(self, engine: Make, provider: Receiver) -> None:
        provider.answer = titan

        [result] = engine(NOVA).run([asked(prompt="x" * 600, width=700, height=256)], no_step)

        [body] = bodies(provider)
        assert (result.width, result.height) == (704, 320)
        assert body["textToImageParams"]["text"] == "x" * 600

    def test_stability(self, engine: Make, provider: Receiver) -> None:
        answer = {"seeds": [42], "finish_reasons": [None], "images": [base64.b64encode(png((1344, 768))).decode()]}
        provider.answer = in_json(answer)

        [result] = engine(CORE).run([asked(width=1024, height=576, negative_prompt="boats")], no_step)

        assert bodies(provider) == [
            {
                "prompt": "a sunset over the ocean",
                "seed": 42,
                "output_format": "png",
                "negative_prompt": "boats",
                "mode": "text-to-image",
                "aspect_ratio": "16:9",
            }
        ]
        assert (result.width, result.height) == (1344, 768)
        assert result.metadata["warnings"] == ["This model does not make 1024 × 576 pixels: 1344 × 768 is the nearest."]

    def test_stability_from_a_picture(self, engine: Make, provider: Receiver) -> None:
        provider.answer = in_json(
            {"seeds": [1], "finish_reasons": [None], "images": [base64.b64encode(png()).decode()]}
        )

        engine(SD3).run([asked(image=png(), strength=0.6)], no_step)

        [body] = bodies(provider)
        assert (body["mode"], body["strength"]) == ("image-to-image", 0.6)
        with pytest.raises(InvalidInput, match="makes no picture from a picture"):
            engine(CORE).run([asked(image=png(), strength=0.6)], no_step)

    def test_stability_that_filtered(self, engine: Make, provider: Receiver) -> None:
        provider.answer = in_json({"seeds": [1], "finish_reasons": ["Filter reason: output image"], "images": [""]})

        assert failure(engine(SD3)).code == "content_filtered"

    def test_unknown_model(self, engine: Make) -> None:
        with pytest.raises(EngineLoadError, match="BEDROCK_MODEL_ID names no image model that Atelier can ask"):
            engine("anthropic.claude-v2")

    def test_what_needs_a_model_here(self, engine: Make, provider: Receiver) -> None:
        with pytest.raises(InvalidInput, match="takes no LoRA"):
            engine().run([asked(lora=Lora("a.safetensors", "0" * 64, "a"))], no_step)
        with pytest.raises(InvalidInput, match="takes no mask"):
            engine().run([asked(image=png(), strength=0.5, mask=png())], no_step)
        assert provider.messages == []


def failure(engine: Engine) -> AtelierError:
    with pytest.raises(AtelierError) as caught:
        engine.run([asked()], no_step)
    # The SDK's errors hold headers and bodies: nothing of them may travel along.
    assert caught.value.__cause__ is None
    return caught.value


ERRORS = [
    # code, status, error's code, part of the sentence, tries
    ("AccessDeniedException", 403, "provider_denied", "allow bedrock:InvokeModel", 1),
    ("ResourceNotFoundException", 404, "provider_gone", "end of life, or is not offered in this region", 1),
    ("ServiceQuotaExceededException", 400, "provider_quota", "raise the quota in AWS Service Quotas", 1),
    ("ThrottlingException", 429, "provider_throttled", "Try again in a minute", 3),
    ("ModelTimeoutException", 408, "provider_timeout", "PROVIDER_TIMEOUT_SECONDS", 1),
    ("ModelErrorException", 424, "provider_model_failed", "failed at Amazon Bedrock", 3),
    ("ModelNotReadyException", 429, "provider_not_ready", "still being started", 3),
    ("InternalServerException", 500, "provider_away", "Try again in a few minutes", 3),
    ("ServiceUnavailableException", 503, "provider_away", "Try again in a few minutes", 3),
    ("UnrecognizedClientException", 403, "provider_credentials", "AWS_ACCESS_KEY_ID", 1),
    ("InvalidSignatureException", 403, "provider_credentials", "AWS_ACCESS_KEY_ID", 1),
    ("ExpiredTokenException", 403, "provider_credentials", "AWS_ACCESS_KEY_ID", 1),
    ("SomethingNewException", 418, "invalid_input", "said something", 1),
]


class TestFailures:
    @pytest.mark.parametrize(("code", "status", "expected", "sentence", "tries"), ERRORS)
    def test_each_error_has_a_sentence_and_the_right_number_of_tries(
        self, engine: Make, provider: Receiver, code: str, status: int, expected: str, sentence: str, tries: int
    ) -> None:
        provider.answer = aws_error(code, "AWS said something", status)

        error = failure(engine())

        assert error.code == expected
        assert sentence in error.message
        assert len(provider.messages) == tries

    def test_what_passes_is_tried_again(self, engine: Make, provider: Receiver) -> None:
        busy = aws_error("ThrottlingException", "Too many requests", 429)
        provider.answer = in_turn(busy, cut, titan)

        assert len(engine().run([asked()], no_step)) == 1
        assert len(provider.messages) == 3
        assert all(map(is_signed, provider.messages))

    def test_validation_gives_the_message_of_aws(self, engine: Make, provider: Receiver) -> None:
        provider.answer = aws_error("ValidationException", "Malformed input request: #: 17 is not valid", 400)

        error = failure(engine())

        assert (error.code, error.status) == ("invalid_input", 400)
        assert error.message == "Malformed input request: #: 17 is not valid"

    def test_filtered_prompt(self, engine: Make, provider: Receiver) -> None:
        said = "This request has been blocked by our content filters. Our filters automatically flagged this prompt."
        provider.answer = aws_error("ValidationException", said, 400)

        error = failure(engine())

        assert (error.code, error.status, error.message) == ("prompt_filtered", 400, said)

    def test_filtered_picture_though_one_came_along(self, engine: Make, provider: Receiver) -> None:
        provider.answer = pictures(png(), error="The generated image(s) have been blocked by our content filters.")

        error = failure(engine())

        assert error.code == "content_filtered"
        assert "Write the prompt differently" in error.message
        assert len(provider.messages) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            raw(b"{"),
            raw(b""),
            in_json([]),
            in_json({}),
            in_json({"images": []}),
            in_json({"images": [7]}),
            in_json({"images": ["!!!"]}),
            pictures(b"no picture"),
        ],
    )
    def test_answer_that_cannot_be_read(self, engine: Make, provider: Receiver, answer: Any) -> None:
        provider.answer = answer

        assert failure(engine()).code == "provider_unreadable"

    def test_slow_answer(self, engine: Make, provider: Receiver) -> None:
        provider.answer = provider.hang

        error = failure(engine(timeout=0.3))

        assert error.code == "provider_timeout"
        assert "did not answer within 0.3 seconds" in error.message
        assert len(provider.messages) == 1

    def test_cut_connection(self, engine: Make, provider: Receiver) -> None:
        provider.answer = cut

        assert failure(engine()).code == "provider_away"
        assert len(provider.messages) == 3

    def test_html_of_a_proxy(self, engine: Make, provider: Receiver) -> None:
        provider.answer = raw(b"<html>Bad Gateway</html>", status=502, content_type="text/html")

        assert failure(engine()).code == "provider_away"

    def test_nobody_listens(self, make_engine: Make) -> None:
        engine = make_engine("bedrock.BedrockEngine", TITAN, region=REGION, endpoint_url="http://127.0.0.1:9")

        assert failure(engine).code == "provider_away"

    def test_no_credentials(self, engine: Make, provider: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

        error = failure(engine())

        assert error.code == "provider_credentials"
        assert provider.messages == []

    def test_no_region(self, make_engine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_REGION", raising=False)
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

        with pytest.raises(EngineLoadError, match="set AWS_REGION"):
            make_engine("bedrock.BedrockEngine", TITAN)

    def test_no_secret_in_log_or_error(
        self, engine: Make, provider: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.answer = aws_error("InvalidSignatureException", f"not the signature of {SECRET_KEY}", 403)

        with caplog.at_level(logging.INFO):
            error = failure(engine())

        assert SECRET_KEY not in caplog.text + error.message + repr(error)


class TestRun:
    def test_bounds(self, engine: Make) -> None:
        it = engine()
        for requests in ([], [asked()] * (it.spec.max_batch + 1)):
            with pytest.raises(ValueError, match="a run takes 1 to 4 requests"):
                it.run(requests, no_step)

    def test_not_loaded(self, engine: Make) -> None:
        it = engine()
        it.unload()

        with pytest.raises(RuntimeError, match="not loaded"):
            it.run([asked()], no_step)

    def test_one_that_is_told_to_stop_lets_go_at_once(self, engine: Make, provider: Receiver) -> None:
        provider.answer = provider.hang

        class Stop(Exception):
            pass

        def on_step(step: int, steps: int, preview: object) -> None:
            if provider.messages:
                raise Stop

        it = engine()
        with pytest.raises(Stop):
            it.run([asked()], on_step)

        provider.answer = titan
        assert len(it.run([asked()], no_step)) == 1

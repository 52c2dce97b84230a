"""Providers are engines once their settings are complete, and only then."""

import os
from collections.abc import Callable
from typing import Any

import environ
import pytest

from config.environment import WrongSetting
from config.providers import default_engines, incomplete_providers, provider_engines

LOCAL: dict[str, Any] = {"image": {}, "text": {}, "tags": {}}
Env = Callable[..., environ.Env]


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Env:
    """The environment with these variables and without any other of providers."""

    def make(**variables: str) -> environ.Env:
        for name in [name for name in os.environ if name.startswith(("AWS_", "BEDROCK_", "HF_TOKEN", "COHERE_"))]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return environ.Env()

    return make


def test_nothing_is_set_up_by_default(env: Env) -> None:
    assert provider_engines(env()) == {}
    assert default_engines(env(), LOCAL) == {"image": "image", "text": "text"}
    assert incomplete_providers(env()) == {}


def test_complete_settings_make_entries(env: Env) -> None:
    engines = provider_engines(
        env(
            BEDROCK_MODEL_ID="us.amazon.nova-canvas-v1:0",
            AWS_REGION="eu-west-1",
            HF_TOKEN="hf_secret",
            HF_IMAGE_MODEL="black-forest-labs/FLUX.1-schnell",
            COHERE_API_KEY="cohere-secret",
            COHERE_MODEL="command-a-03-2025",
            PROVIDER_TIMEOUT_SECONDS="30",
        )
    )

    assert {name: (entry["CAPABILITY"], entry["QUEUE"]) for name, entry in engines.items()} == {
        "bedrock": ("image", "remote"),
        "huggingface": ("image", "remote"),
        "cohere": ("text", "remote"),
    }
    assert [entry["CHECKPOINT"]["slug"] for entry in engines.values()] == [
        "bedrock-us-amazon-nova-canvas-v1-0",
        "huggingface-black-forest-labs-flux-1-schnell",
        "cohere-command-a-03-2025",
    ]
    assert engines["bedrock"]["OPTIONS"] == {"region": "eu-west-1", "endpoint_url": "", "timeout": 30.0}
    assert engines["cohere"]["OPTIONS"]["api_key"] == "cohere-secret"
    assert "secret" not in repr(engines)


def test_name_of_an_arn_holds_no_account(env: Env) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-canvas-v1:0"

    engines = provider_engines(env(BEDROCK_MODEL_ID=arn))

    assert engines["bedrock"]["CHECKPOINT"]["slug"] == "bedrock-us-amazon-nova-canvas-v1-0"
    assert engines["bedrock"]["CHECKPOINT"]["source"] == arn


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"HF_IMAGE_MODEL": "some/model"}, {"huggingface": "HF_TOKEN"}),
        ({"HF_TOKEN": "hf_secret"}, {}),
        ({"COHERE_API_KEY": "secret"}, {"cohere": "COHERE_MODEL"}),
        ({"COHERE_MODEL": "command-a-03-2025"}, {"cohere": "COHERE_API_KEY"}),
    ],
)
def test_half_of_the_settings_make_no_entry(env: Env, variables: dict[str, str], missing: dict[str, str]) -> None:
    assert provider_engines(env(**variables)) == {}
    assert incomplete_providers(env(**variables)) == missing


def test_operator_chooses_the_default(env: Env) -> None:
    variables = {"COHERE_API_KEY": "secret", "COHERE_MODEL": "command-a-03-2025", "TEXT_ENGINE": "cohere"}
    engines = {**LOCAL, **provider_engines(env(**variables))}

    assert default_engines(env(**variables), engines) == {"image": "image", "text": "cohere"}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"IMAGE_ENGINE": "bedrock"}, "IMAGE_ENGINE is 'bedrock': choose one of image; a provider is among them once"),
        ({"TEXT_ENGINE": "image"}, "TEXT_ENGINE is 'image': choose one of text"),
        ({"BEDROCK_ENDPOINT_URL": "bedrock.local"}, "BEDROCK_ENDPOINT_URL is no address: write an address such"),
        ({"PROVIDER_TIMEOUT_SECONDS": "0"}, "PROVIDER_TIMEOUT_SECONDS is 0: give a whole number from 1 to 3600."),
    ],
)
def test_wrong_setting(env: Env, variables: dict[str, str], sentence: str) -> None:
    wrong = env(**variables)

    with pytest.raises(WrongSetting) as stopped:
        default_engines(wrong, {**LOCAL, **provider_engines(wrong)})

    assert str(stopped.value).startswith(sentence)

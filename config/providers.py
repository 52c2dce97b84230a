"""Engines whose models run at providers: each is there once its settings are complete, and only then."""

import re
from typing import Any

import environ

from common.secret import Secret
from config.environment import WrongSetting, address, number
from config.profiles import Profile

_LICENCE = "terms of the provider"


def provider_engines(env: environ.Env) -> Profile:
    """The entries of the providers that this operator has set up. AWS credentials are found by boto3's own chain."""
    common = {"timeout": float(number(env, "PROVIDER_TIMEOUT_SECONDS", 120, 1, 3600))}
    entries: Profile = {}
    bedrock = {
        "region": env.str("AWS_REGION", default=""),
        "endpoint_url": address(env, "BEDROCK_ENDPOINT_URL", example="https://bedrock-runtime.us-east-1.amazonaws.com"),
    }
    if model := env.str("BEDROCK_MODEL_ID", default=""):
        entries["bedrock"] = _entry("bedrock.BedrockEngine", "image", "bedrock", model, {**bedrock, **common})
    token, base_url = (
        env.str("HF_TOKEN", default=""),
        address(env, "HF_INFERENCE_BASE_URL", example="https://router.huggingface.co"),
    )
    if (model := env.str("HF_IMAGE_MODEL", default="")) and token:
        options = {"token": Secret(token), "base_url": base_url, **common}
        entries["huggingface"] = _entry("huggingface.HuggingFaceEngine", "image", "huggingface", model, options)
    key, base_url = (
        env.str("COHERE_API_KEY", default=""),
        address(env, "COHERE_BASE_URL", example="https://api.cohere.com"),
    )
    if (model := env.str("COHERE_MODEL", default="")) and key:
        options = {"api_key": Secret(key), "base_url": base_url, **common}
        entries["cohere"] = _entry("cohere.CohereEngine", "text", "cohere", model, options)
    return entries


def incomplete_providers(env: environ.Env) -> dict[str, str]:
    """Providers of which one setting is there and another is not: name → the variable that is missing."""
    missing = {}
    if env.str("HF_IMAGE_MODEL", default="") and not env.str("HF_TOKEN", default=""):
        missing["huggingface"] = "HF_TOKEN"
    key, model = env.str("COHERE_API_KEY", default=""), env.str("COHERE_MODEL", default="")
    if bool(key) != bool(model):
        missing["cohere"] = "COHERE_MODEL" if key else "COHERE_API_KEY"
    return missing


def default_engines(env: environ.Env, engines: Profile) -> dict[str, str]:
    """Which entry a request gets that names no model, for the capabilities that several may serve."""
    return {
        "image": _default(engines, "image", "IMAGE_ENGINE", env.str("IMAGE_ENGINE", default="image")),
        "text": _default(engines, "text", "TEXT_ENGINE", env.str("TEXT_ENGINE", default="text")),
    }


def _default(engines: Profile, capability: str, variable: str, value: str) -> str:
    known = [name for name, entry in engines.items() if entry.get("CAPABILITY", name) == capability]
    if value not in known:
        raise WrongSetting(
            variable,
            f"is {value!r}",
            f"choose one of {', '.join(known)}; a provider is among them once its settings are complete "
            "(docs/providers.md).",
        )
    return value


def _entry(backend: str, capability: str, name: str, model: str, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "BACKEND": f"generation.engines.providers.{backend}",
        "CAPABILITY": capability,
        "OPTIONS": options,
        "QUEUE": "remote",
        "CHECKPOINT": {
            # Another model is another checkpoint: what was made keeps saying by which one.
            "slug": f"{name}-{_slug(model)}"[:100],
            "family": name,
            "source": model,
            "native_size": 1024 if capability == "image" else 0,
            "licence": _LICENCE,
        },
    }


def _slug(model: str) -> str:
    """A model's id in lower-case letters, digits and hyphens; of an ARN, which holds an account's number, the end."""
    return re.sub(r"[^a-z0-9]+", "-", model.rpartition("/")[2].lower() if model.startswith("arn:") else model.lower())

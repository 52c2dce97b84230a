"""Cohere's chat models."""

from typing import Any

import cohere
import httpx
from cohere.core.api_error import ApiError

from generation.engines.base import TextRequest, TextResult, Weights
from generation.engines.providers.base import ProviderEngine
from generation.engines.providers.failures import Cause, cause_of_status
from generation.engines.providers.limits import Limits

_FINISH_REASONS = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length"}
# Cohere's own status for words that it does not accept or give.
_BLOCKED = 498
# What it says where a trial key's calls of the month are spent: its status is that of asking too often.
_QUOTA_SIGNS = ("trial key", "per month", "/ month")


class CohereEngine(ProviderEngine[TextRequest, TextResult]):
    """A chat model of Cohere's; `base_url` is another address than its own, such as a private deployment's."""

    name = "cohere"
    capability = "text"
    title = "Cohere"
    remedies = {
        Cause.CREDENTIALS: "The operator must set COHERE_API_KEY to a valid key.",
        Cause.QUOTA: "A trial key has so many calls a month: wait, or use a production key.",
        Cause.GONE: "The operator must set COHERE_MODEL to a model that Cohere still serves.",
        Cause.FILTERED: "Write the prompt differently.",
    }

    def __init__(self, weights: Weights, *, api_key: str, base_url: str = "", **common: Any) -> None:
        super().__init__(weights, **common)
        self._api_key, self._base_url = api_key, base_url

    def _connect(self) -> Any:
        # stamina decides about tries, for all providers alike.
        return cohere.ClientV2(
            str(self._api_key), base_url=self._base_url or None, timeout=self._timeout, max_retries=0
        )

    def _ask(self, request: TextRequest) -> TextResult:
        limits = Limits()
        temperature = limits.between("The temperature", request.temperature, 0, 1)
        answer = self._client.chat(
            model=self._weights.source,
            messages=[{"role": turn.role, "content": turn.content} for turn in request.turns],
            max_tokens=request.max_tokens,
            temperature=temperature,
            seed=request.seed,
        )
        text = _written(answer)
        reason = _FINISH_REASONS.get(str(answer.finish_reason))
        if not text or reason is None:
            raise self._failure(Cause.MODEL_FAILED if text else Cause.UNREADABLE)
        metadata = {
            **self._provenance(),
            "prompt": request.prompt,
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            "temperature": temperature,
            **({"warnings": limits.warnings} if limits.warnings else {}),
        }
        tokens = getattr(answer.usage, "tokens", None)
        return TextResult(
            text=text,
            finish_reason=reason,
            prompt_tokens=int(getattr(tokens, "input_tokens", None) or 0),
            completion_tokens=int(getattr(tokens, "output_tokens", None) or 0),
            metadata=metadata,
        )

    def _diagnose(self, error: Exception) -> tuple[Cause, str]:
        if isinstance(error, ApiError):
            said = _sentence(error.body)
            if error.status_code == _BLOCKED:
                return Cause.FILTERED, ""
            cause = cause_of_status(error.status_code)
            if cause is Cause.THROTTLED and any(sign in said.lower() for sign in _QUOTA_SIGNS):
                cause = Cause.QUOTA
            return cause, said
        if isinstance(error, httpx.ReadTimeout):
            return Cause.TIMEOUT, ""
        return (Cause.AWAY if isinstance(error, httpx.TransportError) else Cause.UNREADABLE), ""


def _written(answer: Any) -> str:
    """The text of an answer: its parts of the type "text" (others are thoughts); empty where there is none."""
    parts = getattr(getattr(answer, "message", None), "content", None) or ()
    return "".join(part.text for part in parts if getattr(part, "type", "") == "text" and part.text).strip()


def _sentence(body: Any) -> str:
    said = body.get("message") if isinstance(body, dict) else getattr(body, "message", None)
    return said if isinstance(said, str) else ""

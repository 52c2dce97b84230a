"""What can go wrong at a provider, as data: a cause has a sentence, a remedy, and says whether trying again helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from common.errors import InvalidInput
from common.logs import redact
from generation.engines.errors import EngineError
from generation.errors import PROMPT_FILTERED

_LONGEST_QUOTE = 300


class Cause(StrEnum):
    """Why a provider did not do what it was asked for. The value ends the error's code."""

    INVALID = "invalid"
    FILTERED = "filtered"
    CREDENTIALS = "credentials"
    DENIED = "denied"
    QUOTA = "quota"
    THROTTLED = "throttled"
    GONE = "gone"
    NOT_READY = "not_ready"
    TIMEOUT = "timeout"
    AWAY = "away"
    MODEL_FAILED = "model_failed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Failure:
    """`sentence` may name `{provider}`, `{model}` and `{seconds}`; a provider's own remedy goes before `remedy`.

    `again_at_once` is for what passes within seconds, `retryable` for what may be otherwise later.
    """

    sentence: str
    remedy: str
    retryable: bool = False
    again_at_once: bool = False


CATALOGUE: Mapping[Cause, Failure] = {
    Cause.INVALID: Failure("{provider} refused the request.", "Change the prompt or the parameters."),
    Cause.FILTERED: Failure(
        "{provider} withheld the result: its content filter objects to the prompt or to what was made of it.",
        "Write the prompt differently, or try another seed.",
    ),
    Cause.CREDENTIALS: Failure(
        "{provider} does not accept the credentials.", "The operator must set valid ones and restart."
    ),
    Cause.DENIED: Failure(
        "{provider} denies access to {model}.", "The operator must ask the provider for access to the model."
    ),
    Cause.QUOTA: Failure(
        "The quota at {provider} is used up.", "Raise it there, or try again when it is renewed.", retryable=True
    ),
    Cause.THROTTLED: Failure(
        "{provider} is asked too often at the moment.",
        "Try again in a minute, or with fewer requests at a time.",
        retryable=True,
        again_at_once=True,
    ),
    Cause.GONE: Failure(
        "{provider} does not have {model}: it has reached its end of life, or is not offered in this region.",
        "The operator must choose another model.",
    ),
    Cause.NOT_READY: Failure(
        "{model} is still being started at {provider}.",
        "Try again in a few minutes.",
        retryable=True,
        again_at_once=True,
    ),
    Cause.TIMEOUT: Failure(
        "{provider} did not answer within {seconds} seconds.",
        "Try again, with a smaller size or fewer images; PROVIDER_TIMEOUT_SECONDS is the limit.",
        retryable=True,
    ),
    Cause.AWAY: Failure(
        "{provider} cannot be reached, or fails, at the moment.",
        "Try again in a few minutes.",
        retryable=True,
        again_at_once=True,
    ),
    Cause.MODEL_FAILED: Failure(
        "{model} failed at {provider}.",
        "Try another seed or another prompt.",
        retryable=True,
        again_at_once=True,
    ),
    Cause.UNREADABLE: Failure(
        "{provider} gave an answer that cannot be read.",
        "Try again; if it stays so, the operator should look for a newer version of Atelier.",
        retryable=True,
    ),
}

# What a status of HTTP says where the provider has no better word.
CAUSE_OF_STATUS: Mapping[int, Cause] = {
    401: Cause.CREDENTIALS,
    402: Cause.QUOTA,
    403: Cause.DENIED,
    404: Cause.GONE,
    408: Cause.TIMEOUT,
    410: Cause.GONE,
    424: Cause.MODEL_FAILED,
    429: Cause.THROTTLED,
    501: Cause.GONE,
    504: Cause.TIMEOUT,
}
_SERVER_ERRORS = 500


class ProviderError(EngineError):
    """A provider failed. `code` is `provider_` and the cause."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.code = f"provider_{cause}"
        self.retryable = CATALOGUE[cause].retryable


class ContentFiltered(ProviderError):
    """The provider's filter withheld the result."""

    def __init__(self, message: str) -> None:
        super().__init__(Cause.FILTERED, message)
        self.code = "content_filtered"


class PromptFiltered(InvalidInput):
    """The provider's filter refused the prompt before anything was made."""

    code = PROMPT_FILTERED


def cause_of_status(status: int | None) -> Cause:
    """The cause that an HTTP status stands for; `UNREADABLE` where there is none."""
    if status is None or status < 400:
        return Cause.UNREADABLE
    return CAUSE_OF_STATUS.get(status, Cause.AWAY if status >= _SERVER_ERRORS else Cause.INVALID)


def provider_error(
    cause: Cause, *, provider: str, model: str, seconds: float, remedies: Mapping[Cause, str], said: str = ""
) -> ProviderError | InvalidInput:
    """The error of a cause. `said` is the provider's own sentence: shown where the request itself was wrong."""
    failure = CATALOGUE[cause]
    if cause is Cause.INVALID and said:
        return InvalidInput(quoted(said))
    sentence = failure.sentence.format(provider=provider, model=model, seconds=f"{seconds:g}")
    message = f"{sentence} {remedies.get(cause, failure.remedy)}"
    return ContentFiltered(message) if cause is Cause.FILTERED else ProviderError(cause, message)


def quoted(text: str) -> str:
    """A provider's sentence as it may be shown: on one line, without secrets, not too long."""
    line = redact(" ".join(text.split()))
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"


def is_worth_another_try(error: Exception) -> bool:
    """Whether the same request may succeed a second later."""
    return isinstance(error, ProviderError) and CATALOGUE[error.cause].again_at_once

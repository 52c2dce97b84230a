"""What `POST /v1/chat/completions` may say, the job that it means, and its answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from generation.models import Job
from generation.openai.errors import UnsupportedParameter
from generation.openai.fields import OpenAIRequest
from generation.personal.aliases import LONGEST_NAME
from generation.serializers.fields import Flag, Integer, Number, Text
from generation.serializers.words import (
    HOTTEST,
    MOST_MESSAGES,
    MOST_STOPS,
    MOST_TEXTS,
    MOST_TOKENS,
    ROLES,
    TextJobParams,
)

_MESSAGES = f"'messages' must be a list of 1 to {MOST_MESSAGES} messages."
_SEEDS = 2**32
# Clients ask for what their other models can do; a limit may be higher than what is ever reached.
_HIGHEST_LIMIT = 1_000_000
# A word with the white space behind it: what a stream sends at a time.
_WORD = re.compile(r"\S+\s*|\s+")
# What OpenAI's clients give back of an answer, and names of speakers.
_MESSAGE_EXTRAS = ("name", "refusal", "annotations")


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_MESSAGES,
        "items": {
            "type": "object",
            "required": ["role", "content"],
            "properties": {
                "role": {"type": "string", "enum": [*ROLES, "developer"]},
                "content": {
                    "oneOf": [
                        {"type": "string"},
                        {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["type", "text"],
                                "properties": {
                                    "type": {"type": "string", "enum": ["text"]},
                                    "text": {"type": "string"},
                                },
                            },
                        },
                    ]
                },
            },
        },
    }
)
class Messages(serializers.Field):
    """The conversation so far, as jobs have it: roles system, user and assistant, and plain strings."""

    default_error_messages = {"required": _MESSAGES, "null": _MESSAGES, "invalid": _MESSAGES}

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list):
            self.fail("invalid")
        return [self._turn(index, message) for index, message in enumerate(data[: MOST_MESSAGES + 1])]

    def _turn(self, index: int, message: Any) -> dict[str, Any]:
        if not isinstance(message, dict):
            self.fail("invalid")
        place = f"messages.{index}"
        for name, value in message.items():
            if name not in ("role", "content", *_MESSAGE_EXTRAS) and value not in (None, [], {}):
                raise UnsupportedParameter(f"{place}.{str(name)[:50].encode(errors='backslashreplace').decode()}")
        role = message.get("role")
        if role in ("tool", "function"):
            raise UnsupportedParameter(f"{place}.role", f"No model here calls tools: the roles are {', '.join(ROLES)}.")
        # "developer" is OpenAI's newer word for "system".
        return {
            "role": "system" if role == "developer" else role,
            "content": _plain_text(message.get("content"), f"{place}.content"),
        }


def _plain_text(content: Any, place: str) -> Any:
    """The text of a message's parts; anything that is no list of parts is left to the job's own validation."""
    if not isinstance(content, list):
        return content
    texts = []
    for index, part in enumerate(content):
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise UnsupportedParameter(f"{place}.{index}", "Models here read parts of the type text alone.")
        texts.append(part["text"])
    return "\n".join(texts)


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": MOST_STOPS}]}
)
class StopField(serializers.Field):
    """One text, or several, before which an answer ends; its value is a list."""

    def to_internal_value(self, data: Any) -> Any:
        return [data] if isinstance(data, str) else data


class StreamOptions(OpenAIRequest):
    """How a stream ends."""

    ignored = ("include_obfuscation",)

    include_usage = Flag(default=False, help_text="One more chunk, before the end, with the usage of the whole.")


class ChatRequest(OpenAIRequest):
    """Body of `POST /v1/chat/completions`."""

    ignored = (
        "safety_identifier",
        "metadata",
        "store",
        "service_tier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "parallel_tool_calls",
    )
    neutral = {
        "top_p": (1,),
        "frequency_penalty": (0,),
        "presence_penalty": (0,),
        "logit_bias": ({},),
        "logprobs": (False,),
        "top_logprobs": (0,),
        "response_format": ({"type": "text"},),
        "modalities": (["text"],),
        "tools": ([],),
        "tool_choice": ("none", "auto"),
        "functions": ([],),
        "function_call": ("none", "auto"),
        "audio": (),
        "prediction": (),
        "reasoning_effort": ("none",),
        "verbosity": ("medium",),
        "web_search_options": (),
        "moderation": (),
        "prompt_cache_options": (),
    }

    messages = Messages(help_text="Oldest first. Content is a text, or a list of parts of the type `text`.")
    model = Text(
        min_length=1,
        max_length=LONGEST_NAME,
        required=False,
        help_text="One of `GET /v1/models` that writes text; left out: the default.",
    )
    n = Integer(min_value=1, max_value=MOST_TEXTS, default=1)
    max_tokens = Integer(
        min_value=1,
        max_value=_HIGHEST_LIMIT,
        required=False,
        help_text=f"More than {MOST_TOKENS}, the default, are never written.",
    )
    max_completion_tokens = Integer(
        min_value=1, max_value=_HIGHEST_LIMIT, required=False, help_text="Newer name of `max_tokens`."
    )
    temperature = Number(min_value=0, max_value=HOTTEST, required=False, wrong="must be a number.")
    seed = Integer(
        min_value=-(2**63),
        max_value=2**63 - 1,
        required=False,
        wrong="must be a whole number.",
        help_text="Modulo 2³². Left out: random.",
    )
    stop = StopField(required=False)
    stream = Flag(default=False)
    stream_options = StreamOptions(required=False)
    user = Text(max_length=512, default="", help_text="Ignored.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        limits = {attrs[name] for name in ("max_tokens", "max_completion_tokens") if name in attrs}
        if len(limits) > 1:
            sentence = "'max_tokens' and 'max_completion_tokens' are the same setting and must agree."
            raise serializers.ValidationError({"max_tokens": [sentence]})
        if "stream_options" in attrs and not attrs["stream"]:
            raise UnsupportedParameter("stream_options", "It goes with 'stream' alone.")
        params = TextJobParams(
            data={
                "messages": attrs["messages"],
                "max_tokens": min([MOST_TOKENS, *limits]),
                "number_of_texts": attrs["n"],
                "seed": attrs["seed"] % _SEEDS if "seed" in attrs else None,
                **{name: attrs[name] for name in ("temperature", "stop") if name in attrs},
            }
        )
        params.is_valid(raise_exception=True)
        return {**attrs, "params": dict(params.validated_data)}


def completion(job: Job) -> dict[str, Any]:
    """The answer of a text job that succeeded."""
    return {
        **_head(job, "chat.completion"),
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": answer["text"], "refusal": None},
                "logprobs": None,
                "finish_reason": answer["finish_reason"],
            }
            for index, answer in enumerate(_answers(job))
        ],
        "usage": _usage(job),
    }


def first_chunk(job: Job) -> dict[str, Any]:
    """What a stream begins with, before there is a word."""
    opening = {"role": "assistant", "content": "", "refusal": None}
    choices = [_choice(index, opening) for index in range(int(job.params.get("number_of_texts", 1)))]
    return {**_head(job, "chat.completion.chunk"), "choices": choices}


def later_chunks(job: Job, *, include_usage: bool) -> Iterator[dict[str, Any]]:
    """The words of a text job that succeeded, why each answer ended, and the usage where it is wanted."""
    head = _head(job, "chat.completion.chunk")
    for index, answer in enumerate(_answers(job)):
        for word in _WORD.findall(answer["text"]):
            yield {**head, "choices": [_choice(index, {"content": word})]}
        yield {**head, "choices": [_choice(index, {}, answer["finish_reason"])]}
    if include_usage:
        yield {**head, "choices": [], "usage": _usage(job)}


def _head(job: Job, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{job.id.hex}",
        "object": kind,
        "created": int(job.created_at.timestamp()),
        "model": job.model_name or job.checkpoint.slug,
    }


def _choice(index: int, delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": dict(delta), "logprobs": None, "finish_reason": finish_reason}


def _answers(job: Job) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = job.result.get("texts") or [job.result]
    return answers


def _usage(job: Job) -> dict[str, int]:
    """Tokens; the prompt counts once, however many answers it has."""
    answers = _answers(job)
    prompt, written = answers[0]["prompt_tokens"], sum(answer["completion_tokens"] for answer in answers)
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}

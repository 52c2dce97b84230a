"""Jobs that write text."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from content.models import Kind
from generation.engines.base import Message, TextRequest, TextResult
from generation.handlers.base import Handler, Piece, provenance, warnings_of
from generation.models import Job


class TextHandler(Handler):
    """`text`: plain texts, text *i* with seed + *i*. Each is content, and stands in the job's result, too."""

    def requests(self, job: Job) -> list[TextRequest]:
        params = job.params
        asked = TextRequest(
            prompt=params["prompt"],
            seed=params["seed"],
            max_tokens=params["max_tokens"],
            temperature=params.get("temperature", TextRequest.temperature),
            messages=tuple(Message(turn["role"], turn["content"]) for turn in params.get("messages", ())),
        )
        count = int(params.get("number_of_texts", 1))
        return [replace(asked, seed=(asked.seed + index) % 2**32) for index in range(count)]

    def pieces(self, job: Job, results: Sequence[TextResult]) -> list[Piece]:
        return [
            Piece(
                data=result.text.encode(),
                kind=Kind.TEXT,
                media_type="text/plain",
                prompt=job.params["prompt"],
                provenance=provenance(job, result.metadata),
            )
            for result in _stopped(job, results)
        ]

    def result(self, job: Job, results: Sequence[TextResult]) -> dict[str, Any]:
        """The first text by itself, and where several were asked for, all of them as `texts`."""
        answers = [
            {
                "text": result.text,
                "finish_reason": result.finish_reason,
                "prompt_tokens": result.prompt_tokens,
                "completion_tokens": result.completion_tokens,
            }
            for result in _stopped(job, results)
        ]
        return {**answers[0], **({"texts": answers} if len(answers) > 1 else {}), **warnings_of(results)}


def _stopped(job: Job, results: Iterable[TextResult]) -> list[TextResult]:
    return [before_stop(result, job.params.get("stop", ())) for result in results]


def before_stop(result: TextResult, stops: Sequence[str]) -> TextResult:
    """`result` up to the first of `stops`; what follows was written, and counts as tokens, but is not given out."""
    places = [place for place in (result.text.find(stop) for stop in stops) if place >= 0]
    return replace(result, text=result.text[: min(places)], finish_reason="stop") if places else result

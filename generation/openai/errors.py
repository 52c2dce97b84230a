"""What goes wrong under `/v1`, in the form and with the headers that OpenAI's clients act on."""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from rest_framework.views import set_rollback

from common.answers import ErrorAnswer, describe, openai_body, render
from common.errors import AtelierError, Conflict, InvalidInput
from generation.errors import REFUSALS, ModelNotFound
from generation.models import Job, Status

# The clients try 408, 409, 429 and every 5xx twice more; where that is in vain, this header says so.
NO_RETRY = {"x-should-retry": "false"}
_QUOTED_FIELD = re.compile(r"'(\w+)' ")


class UnknownParameter(InvalidInput):
    """A field that this API does not have, or not for this endpoint."""

    code = "unknown_parameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"'{name}' is not known here.", errors={name: []})


class UnsupportedParameter(InvalidInput):
    """A field of OpenAI's, or a value of one, that no model here can follow."""

    code = "unsupported_parameter"

    def __init__(self, name: str, remedy: str = "Leave it out.") -> None:
        super().__init__(f"'{name}' is not supported here. {remedy}", errors={name: []})


class StillRunning(AtelierError):
    """The job has not ended in the time that a request may wait; it goes on."""

    code = "timeout"
    status = HTTPStatus.REQUEST_TIMEOUT

    def __init__(self, job_url: str) -> None:
        super().__init__(f"The job has not ended yet, and goes on: look at {job_url}.")


class JobCancelled(Conflict):
    """Somebody cancelled the job while its request waited."""

    code = "job_cancelled"
    message = "The job was cancelled."


class JobFailed(AtelierError):
    """The job failed, with its own code and sentence."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.error_message)
        self.code, self.retryable = job.error_code, job.error_retryable


class JobRefused(InvalidInput):
    """Whoever was to do the job refused what it asks for."""

    def __init__(self, job: Job) -> None:
        field = _QUOTED_FIELD.match(job.error_message)
        super().__init__(job.error_message, errors={field[1]: []} if field and field[1] in job.params else {})
        self.code = job.error_code


def check_succeeded(job: Job) -> None:
    """Raise what a job in a terminal state ended with, unless it succeeded."""
    if job.status == Status.CANCELLED:
        raise JobCancelled
    if job.status == Status.FAILED:
        raise JobRefused(job) if job.error_code in REFUSALS else JobFailed(job)


def answer_to(error: BaseException) -> ErrorAnswer:
    """`describe`, with what only OpenAI's clients need: the field `model`, and whether to try again."""
    answer = describe(error)
    if answer.code == ModelNotFound.code:
        answer = replace(answer, errors={"model": []})
    if isinstance(error, StillRunning) or (isinstance(error, JobFailed) and not error.retryable):
        answer = replace(answer, headers={**answer.headers, **NO_RETRY})
    return answer


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler of the views under `/v1`."""
    set_rollback()
    return render(answer_to(error), context["request"].path)


def error_body(error: BaseException) -> dict[str, Any]:
    """What a stream that has begun says of `error`: the status is out already."""
    return openai_body(answer_to(error))

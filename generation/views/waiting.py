"""Requests that make a job: some wait for its end, some do not, and `Prefer` chooses (RFC 7240)."""

import re
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from common.errors import InvalidInput, NotFound
from generation.models import Job, JobOutput, Status
from generation.presentation import output_path
from generation.selectors import job_of
from generation.views.asynchronous import AsyncAPIView, Later
from generation.waiting import wait_for_end

LONGEST_PREFERRED_WAIT = 60
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
_WAIT = re.compile(r'wait\s*=\s*"?(\d{1,9})"?', re.ASCII)


def idempotency_key(request: Request) -> str | None:
    """The `Idempotency-Key` header; raises `InvalidInput` unless it is 1–255 printable ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _PRINTABLE.fullmatch(key):
        raise InvalidInput("'Idempotency-Key' must be 1 to 255 printable characters.")
    return key


def preferences(request: Request) -> list[str]:
    """The preferences of all `Prefer` headers, in lower case."""
    return [preference.strip().lower() for preference in request.headers.get("Prefer", "").split(",")]


def preferred_wait(request: Request) -> int | None:
    """`Prefer: wait=N` in seconds, at most 60; None where it is not given or cannot be understood."""
    for preference in preferences(request):
        if match := _WAIT.fullmatch(preference):
            return min(int(match[1]), LONGEST_PREFERRED_WAIT)
    return None


class JobMakingView(AsyncAPIView):
    """`POST` makes a job. Subclasses say how (`submit`), how long to wait for it, and what each end looks like."""

    def submit(self, request: Request) -> Job:
        """Validate the request and call the service."""
        raise NotImplementedError

    def seconds_to_wait(self, request: Request) -> float:
        """0: answer at once."""
        raise NotImplementedError

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        """The answer for a job in a terminal state."""
        raise NotImplementedError

    def not_ended(self, request: Request, job: Job) -> Response:
        """The 202 for a job that goes on without us; the base sets `Location`."""
        raise NotImplementedError

    def handle_post(self, request: Request) -> HttpResponseBase:
        """What a subclass's `post` returns; `post` itself is where its OpenAPI annotation hangs."""
        job = self.submit(request)
        seconds = self.seconds_to_wait(request)
        if seconds <= 0:
            return self._accepted(request, job_of(owner=caller(request), job_id=job.id))
        if job.is_terminal:  # An idempotency key of a job that has ended.
            return self._conclude(request, job.id)
        _forget_body(request)
        return Later(lambda: self.wait(request, job.id, seconds))

    async def wait(self, request: Request, job_id: UUID, seconds: float) -> HttpResponseBase:
        """What goes on in a coroutine once the job is written: the wait for its end, and the answer."""
        # The event or the poll says that it ended; the row says how.
        await wait_for_end(job_id, seconds)
        return await self.last_half(lambda: self._conclude(request, job_id))()

    def _conclude(self, request: Request, job_id: UUID) -> HttpResponseBase:
        job = job_of(owner=caller(request), job_id=job_id)
        return self.ended(request, job) if job.is_terminal else self._accepted(request, job)

    def _accepted(self, request: Request, job: Job) -> Response:
        response = self.not_ended(request, job)
        response["Location"] = reverse("job", args=[job.id])
        if "respond-async" in preferences(request):
            response["Preference-Applied"] = "respond-async"
        return response


class DocumentedJobView(JobMakingView):
    """An endpoint that waits: 200 with the result, 500 for a failed job, 409 for a cancelled one, 202 after
    `DOCUMENTED_WAIT_SECONDS` or at once with `Prefer: respond-async`."""

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        """The 200."""
        raise NotImplementedError

    def seconds_to_wait(self, request: Request) -> float:
        if "respond-async" in preferences(request):
            return 0
        return float(settings.DOCUMENTED_WAIT_SECONDS)

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        if job.status == Status.SUCCEEDED:
            return self.succeeded(request, job)
        if job.status == Status.FAILED:
            return Response({"error": job.error_message}, status=500)
        return Response({"error": "The job was cancelled."}, status=409)

    def not_ended(self, request: Request, job: Job) -> Response:
        url = request.build_absolute_uri(reverse("job", args=[job.id]))
        return Response({"job": url, "status": job.status}, status=202)


class FileView(DocumentedJobView):
    """Answers with the job's id and the URL of the file."""

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        url = request.build_absolute_uri(output_path(only_output(job)))
        return Response({"generation_id": str(job.id), "file_path": url})


def outputs_of(job: Job) -> list[JobOutput]:
    """The content that a job made, at least one piece. Raises `NotFound` where it was deleted meanwhile."""
    outputs = list(job.outputs.all())
    if not outputs:
        raise NotFound("What this job made was deleted.")
    return outputs


def only_output(job: Job) -> JobOutput:
    """The one piece of content that a job made. Raises what `outputs_of` raises."""
    return outputs_of(job)[0]


def _forget_body(request: Request) -> None:
    """Free a body of up to 100 MB while the request waits: its job holds what is needed."""
    nothing: dict[str, object] = {}
    request._full_data = nothing  # type: ignore[attr-defined]
    request._data = nothing  # type: ignore[attr-defined]
    request._request.close()

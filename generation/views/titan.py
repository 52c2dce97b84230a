"""`POST /api/demo_backend_v2/generate`, and the requests of `POST /generate` that use its words."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from generation.checkpoints import model_of_engine
from generation.errors import REFUSALS
from generation.models import Job, JobKind, Status
from generation.presentation import output_path
from generation.schema import titan as schema
from generation.serializers.titan import TitanRequest
from generation.services import submit
from generation.views.waiting import DocumentedJobView, idempotency_key, outputs_of

# The provider that this document is about; without it, whatever makes pictures here.
ENGINE = "bedrock"


def speaks_titan(data: Any) -> bool:
    """Whether a body of `POST /generate` is one of this document."""
    return isinstance(data, Mapping) and "text" in data and "prompt" not in data


def submit_titan(request: Request) -> Job:
    """The job of a request."""
    body = TitanRequest(data=request.data)
    body.is_valid(raise_exception=True)
    model = model_of_engine(ENGINE)
    return submit(
        owner=caller(request),
        kind=JobKind.IMAGE,
        params=body.job_params(knows_quality=model is not None),
        model=model,
        idempotency_key=idempotency_key(request),
    )


def titan_answer(request: Request, job: Job) -> Response:
    """The 200."""
    outputs = outputs_of(job)
    paths = [output_path(output, view="image") for output in outputs]
    return Response(
        {
            "message": "Images generated successfully",
            "images": [request.build_absolute_uri(path) for path in paths],
            "local_path": "generated_images",
            "engine": outputs[0].content.provenance.get("engine", ""),
            "model_id": job.model_id,
            "warnings": job.result.get("warnings", []),
        }
    )


def titan_refusal(job: Job) -> Response | None:
    """The 400 where whoever made the pictures refused the request itself: with its sentence."""
    if job.status == Status.FAILED and job.error_code in REFUSALS:
        return Response({"error": job.error_message}, status=HTTPStatus.BAD_REQUEST)
    return None


class TitanGenerate(DocumentedJobView):
    """Up to four images, as URLs."""

    @extend_schema(**schema.TITAN_GENERATE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        return submit_titan(request)

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        return titan_refusal(job) or super().ended(request, job)

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        return titan_answer(request, job)

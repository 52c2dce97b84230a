"""`/generate…`: the endpoints of two documents, which wait for their image."""

import base64
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from common.errors import InvalidInput, NotFound
from common.parsers import MultiPartParser
from content.services import read_bytes, store_upload
from generation import schema
from generation.errors import ModelNotFound
from generation.models import Job, JobKind, JobOutput
from generation.pictures import with_picture
from generation.presentation import output_path
from generation.serializers.images import GenerateRequest, PromptRequest, UploadRequest
from generation.services import submit
from generation.views.waiting import DocumentedJobView, idempotency_key

MESSAGE = "Image generated successfully"
PICTURE_FIELDS = ("image", "file", "buffer")


class IgnoreAccept(BaseContentNegotiation):
    """JSON whatever `Accept` says: for views whose proper answer is not JSON, so that only errors are rendered."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return next((parser for parser in parsers if request.content_type.split(";")[0] == parser.media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class FileView(DocumentedJobView):
    """Answers with the job's id and the URL of the file."""

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        url = request.build_absolute_uri(output_path(only_output(job)))
        return Response({"generation_id": str(job.id), "file_path": url})


class GenerateFromPrompt(FileView):
    @extend_schema(**schema.GENERATE_FROM_PROMPT)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = PromptRequest(data=request.data)
        body.is_valid(raise_exception=True)
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE,
            params={**body.validated_data, "number_of_images": 1},
            idempotency_key=idempotency_key(request),
        )


class GenerateFromImage(FileView):
    parser_classes = [MultiPartParser]

    @extend_schema(**schema.GENERATE_FROM_IMAGE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        form = UploadRequest(data=request.data)
        form.is_valid(raise_exception=True)
        key = idempotency_key(request)
        picture = store_upload(owner=caller(request), data=uploaded_picture(request))
        params = with_picture(form.validated_data, picture)
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE_TO_IMAGE,
            params={**params, "number_of_images": 1},
            idempotency_key=key,
        )


class PromptView(DocumentedJobView):
    """The request that `POST /generate` and `POST /generate/image` share."""

    def submit(self, request: Request) -> Job:
        body = GenerateRequest(data=request.data)
        body.is_valid(raise_exception=True)
        params = dict(body.validated_data)
        # No label engine is configured: the labels are checked and go no further.
        del params["labels"]
        if params.pop("user_id") != "default":
            raise ModelNotFound
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE,
            params={**params, "number_of_images": 1},
            idempotency_key=idempotency_key(request),
        )


class Generate(PromptView):
    @extend_schema(**schema.GENERATE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        output = only_output(job)
        picture = base64.b64encode(read_bytes(content=output.content)).decode("ascii")
        return Response(
            {
                "request_id": str(job.id),
                "generated_image": picture,
                "clip_analysis": {"concepts": [], "confidence_scores": {}},
                "success": True,
                "message": MESSAGE,
                "image_base64": picture,
                "image_path": output_path(output),
                "model_id": job.checkpoint.slug,
                "generation_time": round(job.engine_seconds, 3),
                "seed": job.params["seed"],
                "cid": output.content.cid,
            }
        )


class GenerateImage(PromptView):
    content_negotiation_class = IgnoreAccept

    @extend_schema(**schema.GENERATE_IMAGE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        content = only_output(job).content
        headers = {
            "X-Model-Used": job.checkpoint.slug,
            "X-Generation-Time": f"{job.engine_seconds:.3f}",
            "X-Content-Cid": content.cid,
            "X-Seed": str(job.params["seed"]),
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(read_bytes(content=content), content_type=content.media_type, headers=headers)


def only_output(job: Job) -> JobOutput:
    """The picture of a job that makes one. Raises `NotFound` where it was deleted meanwhile."""
    output = next(iter(job.outputs.all()), None)
    if output is None:
        raise NotFound("The image of this job was deleted.")
    return output


def uploaded_picture(request: Request) -> bytes:
    """The one picture of the form. Raises `InvalidInput` where there is none, or more than one."""
    files = [file for name in PICTURE_FIELDS for file in request.FILES.getlist(name)]
    if len(files) != 1 or len(request.FILES) != 1:
        raise InvalidInput("'image' is required: send one picture, in the field image, file or buffer.")
    return bytes(files[0].read())

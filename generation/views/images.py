"""`/generate…`: the documented endpoints that wait for an image."""

import base64

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from common.parsers import MultiPartParser
from content.models import Visibility
from content.services import read_bytes, store_upload
from content.uploads import uploaded_picture
from generation.models import Job, JobKind
from generation.pictures import with_picture
from generation.presentation import output_path
from generation.schema import images as schema
from generation.serializers.images import GenerateRequest, PromptRequest, UploadRequest
from generation.services import submit
from generation.views.asynchronous import IgnoreAccept
from generation.views.titan import speaks_titan, submit_titan, titan_answer, titan_refusal
from generation.views.waiting import DocumentedJobView, FileView, idempotency_key, only_output

MESSAGE = "Image generated successfully"


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
        params = with_picture(JobKind.IMAGE_TO_IMAGE, form.validated_data, picture)
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE_TO_IMAGE,
            params={**params, "number_of_images": 1},
            idempotency_key=key,
        )


class GenerateImageForRegistry(DocumentedJobView):
    """A public image, by its CID."""

    @extend_schema(**schema.REGISTRY_IMAGE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = PromptRequest(data=request.data)
        body.is_valid(raise_exception=True)
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE,
            params={**body.validated_data, "number_of_images": 1},
            visibility=Visibility.PUBLIC,
            idempotency_key=idempotency_key(request),
        )

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        content = only_output(job).content
        return Response(
            {
                "message": "Image generated and stored successfully",
                "cid": content.cid,
                "description": content.prompt,
                "url": request.build_absolute_uri(reverse("view-image", args=[content.cid])),
                "engine": content.provenance.get("engine", ""),
                "model_id": job.model_id,
            }
        )


class PromptView(DocumentedJobView):
    """The request that `POST /generate` and `POST /generate/image` share."""

    # Whether the answer has a place for what the picture shows.
    wants_labels = False

    def submit(self, request: Request) -> Job:
        body = GenerateRequest(data=request.data)
        body.is_valid(raise_exception=True)
        params = dict(body.validated_data)
        user_id = params.pop("user_id")
        if not self.wants_labels:
            del params["labels"]
        return submit(
            owner=caller(request),
            kind=JobKind.IMAGE,
            params={**params, "number_of_images": 1},
            user_id=user_id,
            idempotency_key=idempotency_key(request),
        )


class Generate(PromptView):
    """Serves the clients of three documents: the body says which."""

    wants_labels = True
    _titan = False

    @extend_schema(**schema.GENERATE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        self._titan = speaks_titan(request.data)
        return submit_titan(request) if self._titan else super().submit(request)

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        refusal = titan_refusal(job) if self._titan else None
        return refusal or super().ended(request, job)

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        if self._titan:
            return titan_answer(request, job)
        output = only_output(job)
        picture = base64.b64encode(read_bytes(content=output.content)).decode("ascii")
        return Response(
            {
                "request_id": str(job.id),
                "generated_image": picture,
                "clip_analysis": job.result.get("labels", {"concepts": [], "confidence_scores": {}}),
                "success": True,
                "message": MESSAGE,
                "image_base64": picture,
                "image_path": output_path(output),
                "model_id": job.model_id,
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
            "X-Model-Used": job.model_id,
            "X-Generation-Time": f"{job.engine_seconds:.3f}",
            "X-Content-Cid": content.cid,
            "X-Seed": str(job.params["seed"]),
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(read_bytes(content=content), content_type=content.media_type, headers=headers)

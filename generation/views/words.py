"""`POST /generate/tags` and `POST /generate-text`."""

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from content.models import Visibility
from generation.models import Job, JobKind
from generation.schema import words as schema
from generation.serializers.words import TagsParams, TextParams
from generation.services import submit
from generation.views.waiting import DocumentedJobView, idempotency_key, only_output


class GenerateTags(DocumentedJobView):
    @extend_schema(**schema.GENERATE_TAGS)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = TagsParams(data=request.data)
        body.is_valid(raise_exception=True)
        return submit(
            owner=caller(request),
            kind=JobKind.TAGS,
            params=dict(body.validated_data),
            idempotency_key=idempotency_key(request),
        )

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        return Response({"tags": job.result["tags"]})


class GenerateText(DocumentedJobView):
    """A public text, by its CID."""

    @extend_schema(**schema.GENERATE_TEXT)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = TextParams(data=request.data)
        body.is_valid(raise_exception=True)
        return submit(
            owner=caller(request),
            kind=JobKind.TEXT,
            params=dict(body.validated_data),
            visibility=Visibility.PUBLIC,
            idempotency_key=idempotency_key(request),
        )

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        content = only_output(job).content
        return Response(
            {
                "message": "Text generated and stored successfully",
                "cid": content.cid,
                "text": job.result["text"],
                "url": request.build_absolute_uri(reverse("view-text", args=[content.cid])),
                "engine": content.provenance.get("engine", ""),
                "model_id": job.model_id,
            }
        )

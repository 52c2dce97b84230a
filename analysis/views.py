"""`POST /analyze`."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import caller
from analysis import schema
from analysis.models import Analysis
from analysis.presentation import analyze_body
from analysis.serializers import AnalyzeRequest
from common.errors import NotFound
from content.images import decode_base64_image
from content.services import store_upload
from generation.models import Job, JobKind
from generation.services import submit
from generation.views.waiting import DocumentedJobView, idempotency_key


class Analyze(DocumentedJobView):
    """Labels and segments of the image in the body."""

    @extend_schema(**schema.ANALYZE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = AnalyzeRequest(data=request.data)
        body.is_valid(raise_exception=True)
        asked, key = dict(body.validated_data), idempotency_key(request)
        # How masks are written is no part of the job: it concerns this answer alone.
        self.mask_format = asked.pop("mask_format")
        picture = store_upload(owner=caller(request), data=decode_base64_image(asked["image"]))
        params = {**asked, "image": picture.cid}
        return submit(owner=caller(request), kind=JobKind.ANALYSIS, params=params, idempotency_key=key)

    def succeeded(self, request: Request, job: Job) -> HttpResponseBase:
        analysis = Analysis.objects.select_related("job", "content").filter(job=job).first()
        if analysis is None:
            raise NotFound("The image of this job was deleted.")
        return Response(analyze_body(analysis, self.mask_format))

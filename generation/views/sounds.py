"""`POST /generate/sound`."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.views import caller
from generation.models import Job, JobKind
from generation.schema import sounds as schema
from generation.serializers.sounds import MusicParams
from generation.services import submit
from generation.views.waiting import FileView, idempotency_key


class GenerateSound(FileView):
    @extend_schema(**schema.GENERATE_SOUND)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = MusicParams(data=request.data)
        body.is_valid(raise_exception=True)
        return submit(
            owner=caller(request),
            kind=JobKind.MUSIC,
            params=dict(body.validated_data),
            idempotency_key=idempotency_key(request),
        )

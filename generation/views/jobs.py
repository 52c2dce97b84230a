"""`/api/v1/jobs`: make, list, look at and cancel jobs."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.views import caller
from common.pagination import NewestFirst
from generation import services
from generation.models import Job, JobKind, Status
from generation.pictures import mask_of, picture_of, with_picture
from generation.presentation import job_bodies, job_body
from generation.schema import jobs as schema
from generation.selectors import job_of, jobs_of
from generation.serializers.jobs import JobRequest, JobSerializer
from generation.tagging import tag
from generation.views.waiting import JobMakingView, idempotency_key, preferred_wait


class JobAnsweringView(JobMakingView):
    """Answers with the job, and waits for its end where `Prefer` asks for that."""

    def seconds_to_wait(self, request: Request) -> float:
        return preferred_wait(request) or 0

    def ended(self, request: Request, job: Job) -> HttpResponseBase:
        return Response(job_body(job, request.build_absolute_uri))

    def not_ended(self, request: Request, job: Job) -> Response:
        return Response(job_body(job, request.build_absolute_uri), status=202)


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    status = django_filters.ChoiceFilter(choices=Status.choices)
    kind = django_filters.ChoiceFilter(choices=JobKind.choices)


@extend_schema_view(get=extend_schema(**schema.JOBS_LIST))
class Jobs(ListAPIView, JobAnsweringView):
    """The caller's jobs, newest first; `POST` makes one."""

    serializer_class = JobSerializer
    pagination_class = NewestFirst
    filterset_class = JobFilter
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return jobs_of(owner=caller(self.request))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(job_bodies(page or [], request.build_absolute_uri))

    @extend_schema(**schema.JOBS_CREATE)
    def post(self, request: Request) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        body = JobRequest(data=request.data)
        body.is_valid(raise_exception=True)
        asked, key = body.validated_data, idempotency_key(request)
        if "image" in asked["params"]:
            picture = picture_of(owner=caller(request), reference=asked["params"]["image"])
            asked["params"] = with_picture(asked["kind"], asked["params"], picture)
            if "mask" in asked["params"]:
                mask = mask_of(owner=caller(request), reference=asked["params"]["mask"], picture=picture)
                asked["params"]["mask"] = mask.cid
        return services.submit(owner=caller(request), idempotency_key=key, **asked)


class TagContent(JobAnsweringView):
    """Has the tag engine give tags to a piece of the caller's own content."""

    parser_classes = []

    @extend_schema(**schema.CONTENT_TAGS)
    def post(self, request: Request, cid: str) -> HttpResponseBase:
        return self.handle_post(request)

    def submit(self, request: Request) -> Job:
        return tag(owner=caller(request), cid=self.kwargs["cid"], idempotency_key=idempotency_key(request))


class JobDetail(APIView):
    """One job of the caller."""

    @extend_schema(**schema.JOBS_RETRIEVE)
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(job_body(job_of(owner=caller(request), job_id=job_id), request.build_absolute_uri))


class CancelJob(APIView):
    """Ends a job that has not ended."""

    parser_classes = []

    @extend_schema(**schema.JOBS_CANCEL)
    def post(self, request: Request, job_id: UUID) -> Response:
        services.cancel(job=job_of(owner=caller(request), job_id=job_id))
        return Response(job_body(job_of(owner=caller(request), job_id=job_id), request.build_absolute_uri))

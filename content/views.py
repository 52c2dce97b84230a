"""The gateway `/ipfs/<cid>`, and reading the registry under `/api/v1/contents`."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from common.pagination import NewestFirst
from common.schema import problems
from content.access import readable_content
from content.errors import UnsupportedFormat
from content.filters import ContentFilter
from content.models import Content
from content.responses import content_response, file_view, octets_response
from content.selectors import visible_content, visible_to
from content.serializers import ContentSerializer
from content.storage import cids

_CID = OpenApiParameter(
    "cid", OpenApiTypes.STR, OpenApiParameter.PATH, description="A CID, in any encoding of its bytes."
)


_OTHER_FORMATS = ("application/vnd.ipld.", "application/vnd.ipfs.")


@file_view
def ipfs(request: HttpRequest, cid: str) -> HttpResponseBase:
    """The file under a CID: public content for everybody, private content for its owner and signed URLs."""
    _refuse_other_formats(request)
    parsed = cids.parse(cid)
    if parsed.is_identity:
        # Only raw data: a node could link to anybody's blocks.
        if parsed.codec != cids.RAW:
            raise NotFound
        return octets_response(request, parsed.digest, cid=str(parsed))
    return content_response(request, readable_content(request, cid=cid), immutable=True)


def _refuse_other_formats(request: HttpRequest) -> None:
    accepted = (item.strip().lower() for item in request.headers.get("Accept", "").split(","))
    if "format" in request.GET or any(name.startswith(_OTHER_FORMATS) for name in accepted):
        raise UnsupportedFormat


@extend_schema_view(
    get=extend_schema(
        operation_id="contents_list",
        summary="List content",
        description="Your own content and everybody's public content, newest first.",
        tags=["contents"],
        responses={200: ContentSerializer(many=True), **problems(400, 401, 403, 404, 406, 429)},
    )
)
class Contents(ListAPIView):
    """The caller's own content and what is public, newest first."""

    serializer_class = ContentSerializer
    pagination_class = NewestFirst
    filterset_class = ContentFilter
    queryset = Content.objects.none()

    def get_queryset(self) -> QuerySet[Content]:
        return visible_to(self.request.user).select_related("owner").prefetch_related("tags")


class ContentDetail(APIView):
    """One piece of content: the caller's own row of the CID, else a public one."""

    @extend_schema(
        operation_id="contents_retrieve",
        summary="Look at content",
        tags=["contents"],
        parameters=[_CID],
        responses={200: ContentSerializer, **problems(401, 403, 404, 406, 429)},
    )
    def get(self, request: Request, cid: str) -> Response:
        content = visible_content(cid=cid, viewer=request.user)
        return Response(ContentSerializer(content, context={"request": request}).data)


class AnyAccept(BaseContentNegotiation):
    """A file has the type that it has, whatever the client says that it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ContentRaw(APIView):
    """The bytes of one piece of content."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="contents_raw",
        summary="Read the bytes of content",
        description="With `ETag`, ranges and revalidation.",
        tags=["contents"],
        parameters=[_CID],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            304: None,
            416: None,
            **problems(401, 403, 404, 429, 500),
        },
    )
    def get(self, request: Request, cid: str) -> HttpResponseBase:
        # The response streams by the kind of the server, which DRF's wrapper hides.
        return content_response(request._request, visible_content(cid=cid, viewer=request.user))

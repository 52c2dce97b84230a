"""`/api/v1/contents`: the registry of the caller's own content and of what is public."""

from collections.abc import Iterable

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from accounts.views import caller
from common.parsers import MultiPartParser
from content import schema, services
from content.direct import direct_response
from content.library.download import archive_response
from content.models import Content, Visibility
from content.publishing import notice_of_change
from content.responses import content_response
from content.selectors import changeable_content, deletable_content, visible_content
from content.serializers import (
    ContentChangeSerializer,
    ContentDetailSerializer,
    ContentSerializer,
    VerificationSerializer,
)
from content.uploads import uploaded_picture
from content.views.lists import ContentList


@extend_schema_view(get=extend_schema(**schema.CONTENTS_LIST))
class Contents(ContentList):
    """The caller's own content and what is public, newest first; `POST` uploads a picture."""

    serializer_class = ContentSerializer
    parser_classes = [MultiPartParser]

    @extend_schema(**schema.CONTENTS_CREATE)
    def post(self, request: Request) -> Response:
        content = services.store_upload(owner=caller(request), data=uploaded_picture(request))
        location = reverse("content", args=[content.cid])
        return Response(_body(content, request), status=201, headers={"Location": location})


class ContentDetail(APIView):
    """One piece of content: the caller's own row of the CID, else a public one, which only its owner changes."""

    @extend_schema(**schema.CONTENTS_RETRIEVE)
    def get(self, request: Request, cid: str) -> Response:
        return Response(_detail(visible_content(cid=cid, viewer=request.user), request))

    @extend_schema(**schema.CONTENTS_CHANGE)
    def patch(self, request: Request, cid: str) -> Response:
        change = ContentChangeSerializer(data=request.data)
        change.is_valid(raise_exception=True)
        content = changeable_content(cid=cid, owner=caller(request))
        was_public = content.visibility == Visibility.PUBLIC
        content = services.change(content=content, **change.validated_data)
        return Response(_detail(content, request, notice=notice_of_change(content=content, was_public=was_public)))

    @extend_schema(**schema.CONTENTS_DELETE)
    def delete(self, request: Request, cid: str) -> Response:
        services.delete(content=deletable_content(cid=cid, owner=caller(request)))
        return Response(status=204)


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

    @extend_schema(**schema.CONTENTS_RAW)
    def get(self, request: Request, cid: str) -> HttpResponseBase:
        # The response streams by the kind of the server, which DRF's wrapper hides.
        content = visible_content(cid=cid, viewer=request.user)
        return direct_response(request._request, content) or content_response(request._request, content)


class ExportContents(APIView):
    """The caller's whole library as one CAR archive."""

    content_negotiation_class = AnyAccept

    @extend_schema(**schema.CONTENTS_EXPORT)
    def get(self, request: Request) -> HttpResponseBase:
        return archive_response(request._request, owner=caller(request), name="atelier-library.car")


class VerifyContent(APIView):
    """Whether the stored bytes of one piece of content are those that its CID names."""

    # It changes nothing: POST says that it costs a read of the whole file.
    required_scopes = {"POST": Scope.READ}
    parser_classes = []

    @extend_schema(**schema.CONTENTS_VERIFY)
    def post(self, request: Request, cid: str) -> Response:
        content = visible_content(cid=cid, viewer=request.user)
        return Response(VerificationSerializer(services.verify_everywhere(content=content)).data)


def _body(content: Content, request: Request) -> dict[str, object]:
    body: dict[str, object] = ContentSerializer(content, context={"request": request}).data
    return body


def _detail(content: Content, request: Request, *, notice: str = "") -> dict[str, object]:
    context = {"request": request, "viewer": request.user, "notice": notice}
    body: dict[str, object] = ContentDetailSerializer(content, context=context).data
    return body

"""Files by their CID: the documented `/view-image/<cid>` and `/view-text/<cid>`."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.errors import NotFound
from content.access import readable_content
from content.models import Kind
from content.responses import content_response, file_view


@file_view
def view_image(request: HttpRequest, cid: str) -> HttpResponseBase:
    """The picture under a CID: public, or the viewer's; what is no picture is not there."""
    return _of_kind(request, cid, Kind.IMAGE)


@file_view
def view_text(request: HttpRequest, cid: str) -> HttpResponseBase:
    """The text under a CID, likewise."""
    return _of_kind(request, cid, Kind.TEXT)


def _of_kind(request: HttpRequest, cid: str, kind: Kind) -> HttpResponseBase:
    content = readable_content(request, cid=cid)
    if content.kind != kind:
        raise NotFound
    return content_response(request, content)

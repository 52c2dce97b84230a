"""An archive of one's library as an answer."""

from collections.abc import Collection

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from content.gateway import CAR_CONTENT_TYPE
from content.library.export import export
from content.responses import cache_control, file_headers, stream_response


def archive_response(
    request: HttpRequest, *, owner: User, name: str, only: Collection[str] | None = None
) -> HttpResponseBase:
    """`export` as a download called `name`; it streams, so it has no ranges."""
    headers = file_headers(
        media_type=CAR_CONTENT_TYPE, attachment=name, cache=cache_control(public=False, immutable=False)
    )
    return stream_response(request, headers=headers, pieces=export(owner=owner, only=only))

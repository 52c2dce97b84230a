"""The small picture of a piece of content, for pages."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from content.access import readable_content
from content.errors import UnreadableBytes
from content.models import Visibility
from content.previews import thumbnail_of
from content.responses import File, cache_control, file_headers, file_response, file_view

# What stands where a picture should be: browsers show it whatever the status says.
_NOTHING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320" width="320" height="320">
<rect width="320" height="320" fill="#8c8478" fill-opacity=".18"/>
<g fill="none" stroke="#8c8478" stroke-width="8" stroke-linecap="round" stroke-linejoin="round">
<rect x="85" y="100" width="150" height="120" rx="12"/>
<path d="M85 195l45-45 35 35 25-25 45 45M75 90l170 140"/></g></svg>"""


@file_view
def thumbnail(request: HttpRequest, cid: str) -> HttpResponseBase:
    """WebP of a picture or a sound, for who may read it; where its bytes cannot be read, a drawing that says so."""
    content = readable_content(request, cid=cid)
    cache = cache_control(public=content.visibility == Visibility.PUBLIC, immutable=False)
    try:
        name, data = thumbnail_of(content=content)
    except UnreadableBytes as error:
        headers = file_headers(media_type="image/svg+xml", attachment=None, cache="no-store")
        return HttpResponse(_NOTHING, status=error.status, headers=headers)
    headers = file_headers(media_type="image/webp", attachment=None, cache=cache)
    # Its name is the hash of what it shows.
    etag = f'"{name or content.cid}"'
    return file_response(request, File(len(data), etag, headers, read=lambda start, end: iter([data[start:end]])))

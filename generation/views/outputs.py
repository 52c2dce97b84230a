"""The files of jobs by the ids of their outputs: `/output/…` and `/images/…`."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.authentication import authenticate_request
from common.errors import NotFound
from content.models import Content, Kind, Visibility
from content.responses import content_response, file_view
from content.signing import has_valid_signature
from generation.selectors import output_of


@file_view
def generated_image(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The picture of an output, for everybody where it is public, else for its owner and with a signature."""
    content = output_of(output_id=output_id).content
    if content.kind != Kind.IMAGE or not may_see(request, content):
        raise NotFound
    return content_response(request, content)


def may_see(request: HttpRequest, content: Content) -> bool:
    """Whether a request may read a piece of content."""
    if content.visibility == Visibility.PUBLIC or has_valid_signature(request):
        return True
    return authenticate_request(request) == content.owner

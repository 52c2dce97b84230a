"""The files of jobs by the ids of their outputs: `/output/…` and `/images/…`."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.authentication import authenticate_request
from common.errors import NotFound
from content.models import Content, Kind, Visibility
from content.responses import content_response, file_view
from content.signing import has_valid_signature
from content.takedowns import refuse_taken_down_content
from generation.selectors import output_of


@file_view
def generated_image(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The picture of an output, for everybody where it is public, else for its owner and with a signature."""
    return _file(request, output_id, Kind.IMAGE)


@file_view
def generated_sound(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The sound of an output, likewise."""
    return _file(request, output_id, Kind.AUDIO)


@file_view
def generated_text(request: HttpRequest, output_id: UUID) -> HttpResponseBase:
    """The text of an output, likewise."""
    return _file(request, output_id, Kind.TEXT)


def _file(request: HttpRequest, output_id: UUID, kind: Kind) -> HttpResponseBase:
    return content_response(request, readable_output(request, output_id=output_id, kind=kind))


def readable_output(request: HttpRequest, *, output_id: UUID, kind: Kind) -> Content:
    """The content of an output, where it is of `kind` and public, the viewer's, or named by the request's signature.

    Raises `NotFound` in every other case, and `TakenDown`.
    """
    try:
        content: Content | None = output_of(output_id=output_id).content
    except NotFound:
        content = None
    if content is None or not _is_open(request, content):
        # Whether there is such an output or not, who asks is looked at: the headers of the answer tell of that.
        viewer = authenticate_request(request)
        if content is None or content.owner != viewer:
            raise NotFound
    if content.kind != kind:
        raise NotFound
    refuse_taken_down_content(content)
    return content


def _is_open(request: HttpRequest, content: Content) -> bool:
    return content.visibility == Visibility.PUBLIC or has_valid_signature(request)

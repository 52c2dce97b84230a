"""Private files of one block, by a signed URL of the object storage: its bytes need not pass through here.

Only where nothing that Atelier promises is lost by it (docs/adr/0013-blocks-in-object-storage.md):
to a program, which sent an API key, for the whole file, without conditions.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header

from accounts.authentication import key_text
from content.models import Content, Visibility
from content.responses import presentation
from content.storage import cids
from content.storage.blocks import block_store
from content.storage.cids import RAW

# Answered here: the storage has other ETags, and parts of a file are verified nowhere but here.
_CONDITIONS = ("Range", "If-Range", "If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since")


def direct_response(request: HttpRequest, content: Content) -> HttpResponse | None:
    """A redirection to the bytes of `content`, for a viewer who may see it; None where they are to be sent from here.

    Raises `StorageUnavailable`.
    """
    root = cids.parse(content.cid)
    if not (
        settings.S3_SIGNED_URLS
        and content.visibility == Visibility.PRIVATE
        and root.codec == RAW
        and _is_plain_request_of_a_program(request)
    ):
        return None
    media_type, attachment = presentation(content)
    disposition = content_disposition_header(as_attachment=attachment is not None, filename=attachment or "")
    url = block_store().signed_url(root, media_type=media_type, disposition=disposition or "inline")
    if url is None:
        return None
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _is_plain_request_of_a_program(request: HttpRequest) -> bool:
    # A browser relies on headers that the storage does not send (nosniff, a policy), and shows it on this origin.
    return (
        request.method == "GET"
        and key_text(request) is not None
        and not any(name in request.headers for name in _CONDITIONS)
    )

"""Who may read which content by its CID: one rule for every view that serves files."""

from django.http import HttpRequest

from accounts.authentication import authenticate_request
from common.errors import NotFound
from content.models import Content
from content.selectors import content_by_row, visible_content
from content.signing import signed_row


def readable_content(request: HttpRequest, *, cid: str) -> Content:
    """The row of `cid` that a plain request may read: by its signature, its credentials, or because it is public.

    Raises `NotFound` in every other case; bad credentials count as none.
    """
    row = signed_row(request)
    if row is not None:
        try:
            return content_by_row(cid=cid, row=row)
        except NotFound:
            pass  # deleted meanwhile; the same bytes may still be there for everybody
    return visible_content(cid=cid, viewer=authenticate_request(request))

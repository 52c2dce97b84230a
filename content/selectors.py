"""Reading the registry: what a viewer may see, and nothing else."""

from typing import TypeGuard
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from common.errors import NotFound
from content.models import Content, Visibility
from content.storage import cids

Viewer = User | AnonymousUser | None


def visible_content(*, cid: str, viewer: Viewer) -> Content:
    """The viewer's own row of `cid` (in any encoding), else the oldest public one. Raises `NotFound`."""
    rows = Content.objects.filter(cid=str(cids.parse(cid))).select_related("owner")
    content = rows.filter(owner=viewer).first() if is_signed_in(viewer) else None
    content = content or rows.filter(visibility=Visibility.PUBLIC).order_by("created_at", "id").first()
    if content is None:
        raise NotFound
    return content


def visible_to(viewer: Viewer) -> QuerySet[Content]:
    """Public content, and the viewer's own; newest first."""
    wanted = Q(visibility=Visibility.PUBLIC)
    if is_signed_in(viewer):
        wanted |= Q(owner=viewer)
    return Content.objects.filter(wanted).order_by("-created_at", "-id")


def content_by_row(*, cid: str, row: UUID) -> Content:
    """The row `row` if it is of `cid`, whoever's: for a viewer whose signature names it. Raises `NotFound`."""
    content = Content.objects.filter(id=row, cid=str(cids.parse(cid))).select_related("owner").first()
    if content is None:
        raise NotFound
    return content


def is_signed_in(viewer: Viewer) -> TypeGuard[User]:
    """Whether this is an account."""
    return viewer is not None and viewer.is_authenticated

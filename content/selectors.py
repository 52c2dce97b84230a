"""Reading the registry: what a viewer may see, and nothing else."""

from typing import TypeGuard
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from common.errors import NotFound
from content.errors import ForeignContent
from content.models import Content, Visibility
from content.storage import cids
from content.storage.cids import Cid
from content.takedowns import available, refuse_taken_down, refuse_taken_down_blocks, refuse_taken_down_content

Viewer = User | AnonymousUser | None


def visible_content(*, cid: str, viewer: Viewer) -> Content:
    """The viewer's own row of `cid` (in any encoding), else the oldest public one.

    Raises `NotFound`, and `TakenDown`, for the owner too.
    """
    refuse_taken_down(cids.parse(cid))
    content = _visible_row(cid, viewer)
    refuse_taken_down_blocks(content)
    return content


def _visible_row(cid: str, viewer: Viewer) -> Content:
    rows = Content.objects.filter(cid=str(cids.parse(cid))).select_related("owner")
    content = rows.filter(owner=viewer).first() if is_signed_in(viewer) else None
    content = content or rows.filter(visibility=Visibility.PUBLIC).order_by("created_at", "id").first()
    if content is None:
        raise NotFound
    return content


def changeable_content(*, cid: str, owner: User) -> Content:
    """The owner's own row of `cid`.

    Raises `NotFound`, `ForeignContent` where it is only others' and public, and `TakenDown`.
    """
    return _own(visible_content(cid=cid, viewer=owner), owner)


def deletable_content(*, cid: str, owner: User) -> Content:
    """Likewise, and what was taken down too: its owner may be rid of it."""
    return _own(_visible_row(cid, owner), owner)


def _own(content: Content, owner: User) -> Content:
    if content.owner != owner:
        raise ForeignContent
    return content


def visible_to(viewer: Viewer) -> QuerySet[Content]:
    """Public content, and the viewer's own; newest first. What was taken down is in no list.

    For what an index narrows to a few rows (`filter(cid__in=…)`, `filter(parents__cid=…)`), and for anonymous viewers.
    No database reads "own or public" from an index in the order of time: lists are `content.lists.newest`.
    """
    wanted = Q(visibility=Visibility.PUBLIC)
    if is_signed_in(viewer):
        wanted |= Q(owner=viewer)
    return available(Content.objects.filter(wanted)).order_by("-created_at", "-id")


def content_by_row(*, cid: str, row: UUID) -> Content:
    """The row `row` if it is of `cid`, whoever's: for a viewer whose signature names it.

    Raises `NotFound` and `TakenDown`.
    """
    refuse_taken_down(cids.parse(cid))
    content = Content.objects.filter(id=row, cid=str(cids.parse(cid))).select_related("owner").first()
    if content is None:
        raise NotFound
    refuse_taken_down_blocks(content)
    return content


def check_public_block(cid: Cid) -> None:
    """Return if `cid` is a block of public content that may be given out.

    Raises `NotFound` for a block that only private content has, or none; `TakenDown` where the block, or every public
    file that has it, was taken down.
    """
    refuse_taken_down(cid)
    public = Content.objects.filter(visibility=Visibility.PUBLIC)
    # Two queries: the databases would answer an OR over both tables by reading all of one.
    holders = [public.filter(cid=str(cid)), public.filter(parts__cid=str(cid))]
    if any(available(rows).exists() for rows in holders):
        return
    for rows in holders:
        if content := rows.first():
            refuse_taken_down_content(content)
    raise NotFound


def is_signed_in(viewer: Viewer) -> TypeGuard[User]:
    """Whether this is an account."""
    return viewer is not None and viewer.is_authenticated

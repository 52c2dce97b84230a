"""Lists of content, newest first, a page at a time, however much there is.

    page = newest(viewer=request.user, wanted=Wanted(kind="image", q="red boat"), cursor=request.GET.get("cursor"))
    page.rows, page.next, page.previous

A page costs what it shows, not what there is to choose from (docs/adr/0012-lists-read-an-index.md): each list that a
row may come from (the viewer's own, the public one) is read from an index in the order that is asked for, up to a page,
and the two are merged (`content.scan`). Where little fits, a page ends before it is full, and says where to go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.pagination import PAGE_SIZE
from content.cursors import Place, decoded
from content.leads import Feed, Question, Word
from content.models import Content, Visibility
from content.scan import Scan
from content.selectors import Viewer, is_signed_in
from content.takedowns import available
from content.terms import PUBLIC_FEED
from content.words import SHORTEST_BEGINNING, tag_word, words_of

# Rows that are asked for at most in one query, where a part of them does not fit.
_MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to; a row must meet all of it. Empty strings and None narrow nothing.

    `q`: words of the prompt in any order, case and accents ignored; one of three characters or more also finds the
    words that begin with it. `tag`: the whole tag. `since` and `until` are inclusive. `mine`: only the viewer's own.
    """

    kind: str = ""
    q: str = ""
    tag: str = ""
    model: str = ""
    seed: int | None = None
    visibility: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with their owners loaded, and the cursors of the pages of older and of newer rows; None at an end.

    It may hold fewer rows than it could, or none, though there are more: the list ends where `next` is None.
    """

    rows: list[Content]
    next: str | None
    previous: str | None


def newest(
    *,
    viewer: Viewer,
    wanted: Wanted | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
    with_tags: bool = True,
) -> Page:
    """A page of what `viewer` may see and is `wanted`: the viewer's own and what is public, newest first.

    What was taken down is in no list. `cursor` is `next` or `previous` of another page, None the beginning; `limit` is
    at least 1. Two queries, one more for the tags, one for the words and one where several conditions narrow the list;
    where little fits, some more, until `content.scan.MOST_ENTRIES` were looked at. Raises `NotFound` for a cursor that
    is none.
    """
    wanted, place = wanted or Wanted(), decoded(cursor) if cursor is not None else None
    backwards = place is not None and place.backwards
    question = _question(viewer, wanted, place)
    scan = Scan(question)
    found = _found(scan, question, limit + 1, with_tags)
    rows = found[:limit]
    if len(found) > limit:
        end: Place | None = Place(rows[-1].created_at, rows[-1].pk)
    else:
        end = None if scan.has_ended else scan.last
    # Entries before the first row did not fit: who comes back need not look at them again.
    start = scan.first if place is not None else None
    if backwards:
        rows.reverse()
        start, end = end, start
    return Page(
        rows,
        next=Place(end.created_at, end.row).encoded() if end else None,
        previous=Place(start.created_at, start.row, backwards=True).encoded() if start else None,
    )


def cursor_behind(row: Content) -> str:
    """The cursor of the page whose rows come behind `row`, in any list."""
    return Place(row.created_at, row.pk).encoded()


def _question(viewer: Viewer, wanted: Wanted, place: Place | None) -> Question:
    feeds = _feeds(viewer, wanted)
    columns: dict[str, Any] = {
        name: value
        for name, value in (("seed", wanted.seed), ("model", wanted.model), ("kind", wanted.kind))
        if value not in (None, "")
    }
    if wanted.visibility and not all("visibility" in feed.rows for feed in feeds):
        columns["visibility"] = wanted.visibility
    words = [Word(tag_word(wanted.tag))] if wanted.tag else []
    words += [Word(word, len(word) >= SHORTEST_BEGINNING) for word in words_of(wanted.q)]
    return Question(feeds=feeds, columns=columns, words=words, since=wanted.since, until=wanted.until, place=place)


def _feeds(viewer: Viewer, wanted: Wanted) -> list[Feed]:
    public = Feed(PUBLIC_FEED, {"visibility": Visibility.PUBLIC.value})
    own = [Feed(viewer.pk, {"owner_id": viewer.pk})] if is_signed_in(viewer) else []
    if wanted.mine or wanted.visibility == Visibility.PRIVATE:
        return own
    return [public] if wanted.visibility == Visibility.PUBLIC else [public, *own]


def _found(scan: Scan, question: Question, count: int, with_tags: bool) -> list[Content]:
    """The next rows, in the order of the scan: `count` or a few more; fewer only where the scan is over."""
    found: list[Content] = []
    asked, size = 0, count
    while len(found) < count and not scan.is_over:
        keys = scan.take(size)
        found += _rows(keys, question, with_tags)
        asked += len(keys)
        # As many as should hold the missing ones, by what the others held.
        missing = count - len(found)
        size = min(2 * missing * asked // max(len(found), 1) + 1, _MOST_ROWS)
    return found


def _rows(keys: Sequence[UUID], question: Question, with_tags: bool) -> list[Content]:
    """Of these rows those that fit, as far as only rows can tell."""
    if not keys:
        return []
    # Owner and visibility are looked at here: SQLite that is told of them reads its index of theirs, not these keys.
    columns = dict(question.columns)
    visibility = columns.pop("visibility", None)
    rows = available(Content.objects.filter(pk__in=keys, **columns)).select_related("owner")
    found = {
        row.pk: row
        for row in (rows.prefetch_related("tags") if with_tags else rows)
        if visibility in (None, row.visibility) and any(_is_in(row, feed) for feed in question.feeds)
    }
    return [found[key] for key in keys if key in found]


def _is_in(row: Content, feed: Feed) -> bool:
    return all(getattr(row, name) == value for name, value in feed.rows.items())

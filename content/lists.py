"""Lists of content, newest first, a page at a time, however much there is.

    page = newest(viewer=request.user, wanted=Wanted(kind="image", q="red boat"), cursor=request.GET.get("cursor"))
    page.rows, page.next, page.previous

A page costs what it shows, not what there is to choose from (docs/adr/0012-lists-read-an-index.md): each list that a
row may come from (the viewer's own, the public one) is read from an index in the order that is asked for, up to a page,
and the two are merged. A row that is in both comes once.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common.errors import NotFound
from common.pagination import PAGE_SIZE
from content.models import Content, Term, Visibility
from content.selectors import Viewer, is_signed_in
from content.takedowns import available
from content.terms import PUBLIC_FEED
from content.vocabulary import completions
from content.words import SHORTEST_BEGINNING, tag_word, words_of

# Entries of an index that are counted at most, to find the condition that fewest rows meet.
_COUNTED = 200


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
    """Rows with their owners loaded, and the cursors of the pages of older and of newer rows; None at an end."""

    rows: list[Content]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind this row, or before it."""

    created_at: datetime
    row: UUID
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class _Feed:
    """One of the lists that rows come from: its number among the terms, and how it is told from the rows."""

    number: int
    rows: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Word:
    """A term that is asked for: whole, or as a beginning."""

    name: str
    is_beginning: bool = False

    @property
    def names(self) -> Q:
        """The terms that it means."""
        # Not LIKE: neither database reads an index for it in every setting. Nothing sorts behind the last code point.
        return Q(name__gte=self.name, name__lt=self.name + "\U0010ffff") if self.is_beginning else Q(name=self.name)


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
    at least 1. Two queries, one more for the tags, and a few that count where several filters narrow the list: as many
    for any number of rows. Raises `NotFound` for a cursor that is none.
    """
    wanted, place = wanted or Wanted(), _decoded(cursor) if cursor is not None else None
    backwards = place is not None and place.backwards
    branches = [branch for feed in _feeds(viewer, wanted) for branch in _branches(feed, wanted, place, limit + 1)]
    found = _merged(branches, backwards, limit + 1)
    more = len(found) > limit
    rows = _rows(found[:limit], with_tags)
    if backwards:
        rows.reverse()
    older, newer = (True, more) if backwards else (more, place is not None)
    return Page(
        rows,
        next=_encoded(rows[-1], backwards=False) if rows and older else None,
        previous=_encoded(rows[0], backwards=True) if rows and newer else None,
    )


def cursor_behind(row: Content) -> str:
    """The cursor of the page whose rows come behind `row`, in any list."""
    return _encoded(row, backwards=False)


def _feeds(viewer: Viewer, wanted: Wanted) -> list[_Feed]:
    public = _Feed(PUBLIC_FEED, {"visibility": Visibility.PUBLIC})
    own = [_Feed(viewer.pk, {"owner": viewer})] if is_signed_in(viewer) else []
    if wanted.mine or wanted.visibility == Visibility.PRIVATE:
        return own
    return [public] if wanted.visibility == Visibility.PUBLIC else [public, *own]


def _branches(feed: _Feed, wanted: Wanted, place: _Place | None, limit: int) -> list[QuerySet[Any, Any]]:
    """Queries whose rows together begin with the first `limit` of the list: `piece` and `made`, in order."""
    columns = {
        name: value
        for name, value in (("seed", wanted.seed), ("model", wanted.model), ("kind", wanted.kind))
        if value not in (None, "")
    }
    if wanted.visibility and "visibility" not in feed.rows:
        columns["visibility"] = wanted.visibility
    words = [_Word(tag_word(wanted.tag))] if wanted.tag else []
    words += [_Word(word, len(word) >= SHORTEST_BEGINNING) for word in words_of(wanted.q)]
    lead = _rarest(feed, columns, words)
    if isinstance(lead, _Word):
        rest = [word for word in words if word != lead]
        names = completions(feed=feed.number, beginning=lead.name) if lead.is_beginning else [lead.name]
        return [
            _slice(
                Term.objects.filter(_span("content_id", wanted, place), feed=feed.number, name=name).filter(
                    Exists(_rest(feed, columns, rest).filter(pk=OuterRef("content_id")))
                ),
                "content_id",
                place,
                limit,
            )
            for name in names
        ]
    rows = Content.objects.filter(
        _span("id", wanted, place), **feed.rows, **({lead: columns.pop(lead)} if lead else {})
    )
    if columns or words:
        rows = rows.filter(Exists(_rest(feed, columns, words).filter(pk=OuterRef("pk"))))
    else:
        rows = available(rows)
    return [_slice(rows, "id", place, limit)]


def _rarest(feed: _Feed, columns: dict[str, Any], words: Sequence[_Word]) -> str | _Word | None:
    """The condition to read the index of: the one that the fewest rows meet. None: there is no condition."""
    conditions: list[str | _Word] = [*columns, *words]
    if len(conditions) < 2:
        return conditions[0] if conditions else None

    def count(condition: str | _Word) -> int:
        entries: QuerySet[Any, Any]
        if isinstance(condition, _Word):
            entries = Term.objects.filter(condition.names, feed=feed.number)
        else:
            entries = Content.objects.filter(**feed.rows, **{condition: columns[condition]})
        return entries[:_COUNTED].count()

    return min(conditions, key=count)


def _rest(feed: _Feed, columns: dict[str, Any], words: Sequence[_Word]) -> QuerySet[Content]:
    """The rows of the list that meet these conditions, too. Looked at one by one, by their keys."""
    rows = available(Content.objects.filter(**feed.rows, **columns))
    for word in words:
        rows = rows.filter(Exists(Term.objects.filter(word.names, content=OuterRef("pk"))))
    return rows


def _span(key: str, wanted: Wanted, place: _Place | None) -> Q:
    """The times that are wanted, and what lies behind the place (before it, backwards)."""
    span = Q()
    if wanted.since is not None:
        span &= Q(created_at__gte=wanted.since)
    if wanted.until is not None:
        span &= Q(created_at__lte=wanted.until)
    if place is not None:
        near, far = ("gte", "gt") if place.backwards else ("lte", "lt")
        # The first condition bounds the index; databases find no bound in the second, or in a comparison of pairs.
        span &= Q(**{f"created_at__{near}": place.created_at})
        span &= Q(**{f"created_at__{far}": place.created_at}) | Q(**{f"{key}__{far}": place.row})
    return span


def _slice(rows: QuerySet[Any, Any], key: str, place: _Place | None, limit: int) -> QuerySet[Any, Any]:
    sign = "" if place is not None and place.backwards else "-"
    return rows.order_by(f"{sign}created_at", f"{sign}{key}").values(piece=F(key), made=F("created_at"))[:limit]


def _merged(branches: Sequence[QuerySet[Any, Any]], backwards: bool, limit: int) -> list[UUID]:
    """The first keys of all branches together, each once. The database merges: it alone knows its order of keys.

    Django has no union of sliced queries for SQLite.
    """
    if not branches:
        return []
    parts, params = [], []
    for branch in branches:
        sql, values = branch.query.get_compiler(connection=connection).as_sql()
        parts.append(f"SELECT piece, made FROM ({sql}) AS branch")  # noqa: S608  # Django's, with parameters
        params += values
    direction = "ASC" if backwards else "DESC"
    order = f"ORDER BY made {direction}, piece {direction} LIMIT {int(limit)}"
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION '.join(parts)} {order}", params)
        return [key if isinstance(key, UUID) else UUID(key) for key, _ in cursor.fetchall()]


def _rows(keys: Sequence[UUID], with_tags: bool) -> list[Content]:
    rows = Content.objects.select_related("owner")
    found = (rows.prefetch_related("tags") if with_tags else rows).in_bulk(keys)
    # One that was deleted since is left out.
    return [found[key] for key in keys if key in found]


def _encoded(row: Content, *, backwards: bool) -> str:
    text = f"{'-' if backwards else '+'}{row.created_at.astimezone(UTC):%Y%m%d%H%M%S.%f}{row.pk.hex}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> _Place:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        sign, moment, key = text[0], text[1:-32], text[-32:]
        if sign not in "+-":
            raise ValueError(sign)
        made = datetime.strptime(moment, "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)
        return _Place(made, UUID(hex=key), backwards=sign == "-")
    except (ValueError, IndexError, binascii.Error) as error:
        raise NotFound("Invalid cursor: use the address of a page as it was given.") from error

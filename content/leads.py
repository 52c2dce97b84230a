"""Which index of a list is read: that of the condition which the fewest rows meet; and the queries that read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from django.db import connection

from content.cursors import Place
from content.models import Content
from content.vocabulary import completions

# Entries that are read of each condition, to find the rarest; and of how many words of a beginning.
_PROBED, _PROBED_WORDS = 64, 4


@dataclass(frozen=True, slots=True)
class Feed:
    """One of the lists that rows come from: its number among the terms, and the columns that tell it from the rows."""

    number: int
    rows: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """A term that is asked for: whole, or as a beginning."""

    name: str
    is_beginning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for: rows of any of the `feeds` that have all the `columns` and all the `words`, in this time."""

    feeds: Sequence[Feed]
    columns: dict[str, Any]
    words: Sequence[Word]
    since: datetime | None
    until: datetime | None
    place: Place | None

    @property
    def backwards(self) -> bool:
        return self.place is not None and self.place.backwards


@dataclass(frozen=True, slots=True)
class Lead:
    """An index to read: of a column of a feed, of one of its words (by its names), or of all the feed."""

    feed: Feed
    column: str | None = None
    word: Word | None = None
    names: Sequence[str] = ()


def leads_of(question: Question) -> tuple[list[Lead], list[tuple[Word, list[str]]]]:
    """For each feed that can have such rows the index to read; and the words to ask of its entries, with their names.

    Two queries at most.
    """
    feeds, words = question.feeds, question.words
    begun = completions(
        feeds=[feed.number for feed in feeds], beginnings=[word.name for word in words if word.is_beginning]
    )

    def names(feed: Feed, word: Word) -> list[str]:
        return begun[feed.number, word.name] if word.is_beginning else [word.name]

    leads = []
    for feed in feeds:
        choices = [Lead(feed, column=column) for column in question.columns]
        choices += [Lead(feed, word=word, names=names(feed, word)) for word in words]
        # A word that no entry has: nothing to be found.
        if all(choice.names or choice.word is None for choice in choices):
            leads.append(choices or [Lead(feed)])
    chosen = _rarest(question, leads) if any(len(choices) > 1 for choices in leads) else [one for (one,) in leads]
    # Not asked: the word that every entry has.
    others = [word for word in words if any(lead.word != word for lead in chosen)]
    return chosen, [(word, sorted({name for feed in feeds for name in names(feed, word)})) for word in others]


def _rarest(question: Question, choices: Sequence[Sequence[Lead]]) -> list[Lead]:
    """Of the choices of each feed the one that the fewest rows meet, by its next entries: how many, or how far they go.

    One query. It reads as much of a small list as of a large one.
    """
    parts, params = [], []
    leads = [lead for of_feed in choices for lead in of_feed]
    for number, lead in enumerate(leads):
        for sql, values in slices(question, lead, question.place, _PROBED, most=_PROBED_WORDS):
            parts.append(f"SELECT {number}, COUNT(*), MIN(made), MAX(made) FROM ({sql}) AS part")  # noqa: S608
            params += values
    # Of each index how many were read, and the seconds of the nearest and the farthest, the larger the nearer.
    reached: list[list[tuple[int, float, float]]] = [[] for _ in leads]
    sign = -1 if question.backwards else 1
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for number, entries, *ends in cursor.fetchall():
            far, near = sorted(sign * moment(end).timestamp() if entries else 0.0 for end in ends)
            reached[number].append((entries, near, far))
    start = max((near for of_lead in reached for entries, near, _ in of_lead if entries), default=0.0)

    def commonness(of_lead: Sequence[tuple[int, float, float]]) -> tuple[bool, float]:
        endless = [far for entries, _, far in of_lead if entries == _PROBED]
        if not endless:
            return False, sum(entries for entries, *_ in of_lead)
        return True, sum(_PROBED / max(start - far, 1e-6) for far in endless)

    scores = iter([commonness(of_lead) for of_lead in reached])
    return [min(((next(scores), lead) for lead in of_feed), key=itemgetter(0))[1] for of_feed in choices]


def slices(
    question: Question, lead: Lead, place: Place | None, size: int, most: int | None = None
) -> Iterator[tuple[str, list[Any]]]:
    """Queries for the next `size` entries of each index of a lead, in order: `piece`, `made`, and `origin`, the feed's.

    `most`: of its first words alone. SQL of our own: to have Django write it takes longer than to have it run.
    """
    table, key, conditions = "content_content", "id", [lead.feed.rows]
    if lead.word is not None:
        table, key = "content_term", "content_id"
        conditions = [{"feed": lead.feed.number, "name": name} for name in lead.names[:most]]
    elif lead.column is not None:
        conditions = [{**lead.feed.rows, lead.column: question.columns[lead.column]}]
    span, times = _span(question, key, place)
    order = "ASC" if question.backwards else "DESC"
    for values in conditions:
        wanted = " AND ".join([*(f"{column} = %s" for column in values), *span])
        sql = (
            f"SELECT {key} AS piece, created_at AS made, {int(lead.feed.number)} AS origin "  # noqa: S608  # names of ours
            f"FROM {table} WHERE {wanted} ORDER BY created_at {order}, {key} {order} LIMIT {int(size)}"
        )
        yield sql, [*values.values(), *times]


def _span(question: Question, key: str, place: Place | None) -> tuple[list[str], list[Any]]:
    """Conditions for the times that are wanted, and for what lies behind the place (before it, backwards)."""
    conditions, params = [], []
    for moment, sign in ((question.since, ">="), (question.until, "<=")):
        if moment is not None:
            conditions.append(f"created_at {sign} %s")
            params.append(_stored("created_at", moment))
    if place is not None:
        far = ">" if question.backwards else "<"
        # The first condition bounds the index; databases find no bound in the second, or in a comparison of pairs.
        conditions.append(f"created_at {far}= %s AND (created_at {far} %s OR {key} {far} %s)")
        made = _stored("created_at", place.created_at)
        params += [made, made, _stored("id", place.row)]
    return conditions, params


def _stored(name: str, value: Any) -> Any:
    """A value of content as the database takes it."""
    (field,) = (field for field in Content._meta.concrete_fields if field.name == name)
    return field.get_db_prep_value(value, connection)


def moment(made: Any) -> datetime:
    """A time as the database gives it outside the models: SQLite has text."""
    return (datetime.fromisoformat(made) if isinstance(made, str) else made).replace(tzinfo=UTC)

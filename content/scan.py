"""Reading the indexes of lists: entry by entry in the order of a page, before any row of content is read.

    scan = Scan(Question(feeds=…, columns={"kind": "image"}, words=[Word("boat", is_beginning=True)], …))
    keys = scan.take(51)

Of the conditions of a list the rarest is read (`content.leads`), and each of its entries is asked whether it has the
other words: by one look-up in the same index. What only a row can tell is left to whoever reads the rows.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from content.cursors import Place
from content.leads import Lead, Question, Word, leads_of, moment, slices

# Entries that one scan reads at most, of all its indexes together: what a page costs where nothing fits.
MOST_ENTRIES = 2_000
# Key, time, and whether it has the other words.
_Entry = tuple[Any, Any, Any]
# More are read where too few fitted: at most so many times more, and what is expected of them is taken for less.
_GROWTH, _CAUTION = 4, 0.8


class Scan:
    """The keys of what fits, in order, some at a time, until `is_over`: at the end, or after `MOST_ENTRIES`."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._leads, self._others = leads_of(question)
        self._branches = sum(max(len(lead.names), 1) for lead in self._leads)
        self._read_all = not self._leads
        # As the database gives them: most are passed without a look at them.
        self._waiting: deque[_Entry] = deque()
        self._first: _Entry | None = None
        self._last: _Entry | None = None
        self._size, self._left = 0, MOST_ENTRIES
        self._passed, self._given = 0, 0

    @property
    def first(self) -> Place | None:
        """The place of the first entry that was passed, whether or not it fitted: before it nothing fits."""
        return self._place_of(self._first)

    @property
    def last(self) -> Place | None:
        """The place of the last entry that was passed: all that fits up to it was given."""
        return self._place_of(self._last)

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing behind `last`."""
        return self._read_all and not self._waiting

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to take."""
        # One read at least, however many branches there are: the next page begins elsewhere.
        return self.has_ended or (not self._waiting and self._size > 0 and self._left < self._branches)

    def take(self, count: int) -> list[UUID]:
        """The next keys, at most `count`; fewer only where the scan is over."""
        keys: list[UUID] = []
        while len(keys) < count and not self.is_over:
            if not self._waiting:
                self._read(count - len(keys))
                continue
            entry = self._waiting.popleft()
            self._passed += 1
            # What is in two indexes may come twice, one behind the other.
            if self._last is not None and self._last[0] == entry[0]:
                continue
            self._last = entry
            self._first = self._first or entry
            if entry[2]:
                keys.append(_uuid(entry[0]))
                self._given += 1
        return keys

    def _read(self, wanted: int) -> None:
        size = 2 * wanted if self._others else wanted
        if self._size:
            # As many as should hold what is wanted, by what those before held.
            size = self._size * _GROWTH
            if self._given:
                size = min(size, int(wanted * self._passed / self._given / _CAUTION) + 1)
        # Each branch may have to give all of them.
        self._size = max(min(size, self._left // self._branches), 1)
        self._left -= self._size * self._branches
        sql, params = _entries(self._question, self._leads, self._others, self.last or self._question.place, self._size)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            read = cursor.fetchall()
        self._read_all = len(read) < self._size
        self._waiting.extend(read)

    def _place_of(self, entry: _Entry | None) -> Place | None:
        return Place(moment(entry[1]), _uuid(entry[0]), self._question.backwards) if entry else None


def _entries(
    question: Question,
    leads: Sequence[Lead],
    others: Sequence[tuple[Word, list[str]]],
    place: Place | None,
    size: int,
) -> tuple[str, list[Any]]:
    """The next `size` entries of all indexes together: key, time, and whether they have the other words."""
    fits, params = _fits(others)
    branches = []
    for sql, values in (branch for lead in leads for branch in slices(question, lead, place, size)):
        branches.append(sql)
        params += values
    order = _order(question)
    if len(branches) == 1:
        (together,) = branches
    else:
        # Django has no union of sliced queries for SQLite, which knows no parentheses there. What is in two indexes
        # comes once, unless it must be known in which.
        columns, union = ("piece, made, origin", " UNION ALL ") if others else ("piece, made", " UNION ")
        parts = union.join(f"SELECT {columns} FROM ({sql}) AS part" for sql in branches)  # noqa: S608
        together = f"{parts} {order} LIMIT {int(size)}"
    # The database sorts: it alone knows its order of keys.
    return f"SELECT piece, made, {fits} FROM ({together}) AS entry {order}", params  # noqa: S608  # with parameters


def _fits(others: Sequence[tuple[Word, list[str]]]) -> tuple[str, list[Any]]:
    """Whether an `entry` has these words: look-ups by the whole key of the terms."""
    conditions, params = [], []
    for _, names in others:
        among = ", ".join(["%s"] * len(names))
        conditions.append(
            "EXISTS (SELECT 1 FROM content_term AS term WHERE term.feed = entry.origin "  # noqa: S608  # with parameters
            f"AND term.name IN ({among}) AND term.created_at = entry.made AND term.content_id = entry.piece)"
        )
        params += names
    return " AND ".join(conditions) or "1", params


def _order(question: Question) -> str:
    direction = "ASC" if question.backwards else "DESC"
    return f"ORDER BY made {direction}, piece {direction}"


def _uuid(key: Any) -> UUID:
    return key if isinstance(key, UUID) else UUID(key)

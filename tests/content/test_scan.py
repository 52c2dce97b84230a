"""Pages that end before they are full: following them finds everything, once and in order, and each costs little."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from content import scan, terms
from content.lists import Page, Wanted, newest
from content.models import Content, Tag, Takedown
from content.selectors import Viewer
from content.words import words_of
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = ["boat", "boats", "boa", "red", "green", "a"]


@pytest.fixture
def most_entries(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have a page look at fewer entries."""
    return lambda number: monkeypatch.setattr(scan, "MOST_ENTRIES", number)


def pages(viewer: Viewer, limit: int, *, back_from: str | None = None, **wanted: Any) -> Iterator[Page]:
    """From the beginning on, or (the newest last) back from a cursor."""
    cursor = back_from
    # More than there can be: a page passes an entry at least.
    for _ in range(500):
        page = newest(viewer=viewer, wanted=Wanted(**wanted), cursor=cursor, limit=limit)
        assert len(page.rows) <= limit
        yield page
        cursor = page.previous if back_from else page.next
        if cursor is None:
            return
    raise AssertionError("The pages do not end.")


def write(rows: list[dict[str, Any]], user: User, other: User) -> list[Content]:
    """The newest first, as lists have them."""
    written = []
    for number, row in enumerate(rows):
        content = ContentFactory(
            id=UUID(int=number * 7919 % 1009 + 1),
            owner=user if row["own"] else other,
            public=row["public"],
            picture=row["picture"],
            prompt=" ".join(row["words"]),
            provenance={"model": "m" if row["picture"] else "n"},
            cid=f"bafkrei{number}",
        )
        content.created_at = DAY + timedelta(hours=row["hour"])
        content.save()
        Tag.objects.bulk_create(Tag(content=content, name=name) for name in row["tags"])
        terms.index(content=content)
        if row["taken_down"]:
            Takedown.objects.get_or_create(cid=content.cid)
        written.append(content)
    # By the database: it alone knows its order of keys.
    keys = [row.pk for row in written]
    return list(Content.objects.filter(pk__in=keys).order_by("-created_at", "-id").prefetch_related("tags"))


def fits(row: Content, viewer: User, wanted: dict[str, Any]) -> bool:
    """What `Wanted` says, said naively."""
    words = words_of(row.prompt)
    return all(
        [
            row.owner == viewer or (row.visibility == "public" and not wanted.get("mine")),
            not Takedown.objects.filter(cid=row.cid).exists(),
            row.kind == wanted.get("kind", row.kind),
            row.model == wanted.get("model", row.model),
            row.visibility == wanted.get("visibility", row.visibility),
            row.created_at >= wanted.get("since", row.created_at),
            row.created_at <= wanted.get("until", row.created_at),
            wanted.get("tag") is None or wanted["tag"] in [tag.name for tag in row.tags.all()],
            all(
                any(word == asked or (len(asked) > 2 and word.startswith(asked)) for word in words)
                for asked in words_of(wanted.get("q", ""))
            ),
        ]
    )


ROW = st.fixed_dictionaries(
    {
        "own": st.booleans(),
        "public": st.booleans(),
        "picture": st.booleans(),
        "taken_down": st.sampled_from([False, False, False, True]),
        "words": st.lists(st.sampled_from(WORDS), max_size=4),
        "tags": st.sets(st.sampled_from(["red", "sea side"])),
        # Some at the same moment.
        "hour": st.integers(0, 12),
    }
)
HOURS = st.integers(0, 12).map(lambda hour: DAY + timedelta(hours=hour))
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "q": st.lists(st.sampled_from([*WORDS, "bo", "gre"]), max_size=3).map(" ".join),
        "tag": st.sampled_from(["red", "sea side", "sea"]),
        "kind": st.sampled_from(["image", "text"]),
        "model": st.sampled_from(["m", "x"]),
        "visibility": st.sampled_from(["public", "private"]),
        "since": HOURS,
        "until": HOURS,
        "mine": st.booleans(),
    },
)


@given(
    rows=st.lists(ROW, max_size=14),
    wanted=WANTED,
    limit=st.integers(1, 5),
    entries=st.sampled_from([1, 2, 3, 7, 20, 2_000]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_together_are_what_fits_each_once_in_order_both_ways(
    most_entries: Callable[[int], None],
    rows: list[dict[str, Any]],
    wanted: dict[str, Any],
    limit: int,
    entries: int,
) -> None:
    most_entries(entries)
    Takedown.objects.all().delete()
    user, other = UserFactory(), UserFactory()
    expected = [row for row in write(rows, user, other) if fits(row, user, wanted)]

    forwards = list(pages(user, limit, **wanted))

    assert [row for page in forwards for row in page.rows] == expected
    assert forwards[0].previous is None
    for number, page in enumerate(forwards):
        if page.previous:
            before = [row for each in forwards[:number] for row in each.rows]
            back = list(pages(user, limit, back_from=page.previous, **wanted))
            assert [row for each in reversed(back) for row in each.rows] == before
    Content.objects.all().delete()


@pytest.fixture
def never_meeting() -> User:
    """Who has sixty pieces, every other one red, the others green; the oldest has both."""
    user = UserFactory()
    ContentFactory(owner=user, prompt="red green")
    for number in range(60):
        ContentFactory(owner=user, public=number % 3 == 0, prompt="green" if number % 2 else "red")
    return user


@pytest.mark.parametrize(
    ("wanted", "at_least"),
    [
        ({"q": "red green"}, 4),
        ({"q": "gre red"}, 4),
        ({"q": "red green", "kind": "text"}, 4),
        ({"q": "gre", "kind": "image"}, 1),
        ({"kind": "text", "q": "green", "model": "x"}, 1),
        ({}, 7),
    ],
)
def test_page_looks_at_no_more_entries_than_it_may(
    never_meeting: User, most_entries: Callable[[int], None], wanted: dict[str, Any], at_least: int
) -> None:
    most_entries(8)
    cursor: str | None = None
    looked_at: list[int] = []
    while cursor or not looked_at:
        with CaptureQueriesContext(connection) as captured:
            cursor = newest(viewer=never_meeting, wanted=Wanted(**wanted), cursor=cursor).next
        looked_at.append(sum(entries_of(query["sql"]) for query in captured))

    assert max(looked_at) <= 8
    assert len(looked_at) >= at_least


def entries_of(statement: str) -> int:
    """How many entries a query may read of all its indexes."""
    if "AS entry" not in statement:
        return 0
    of_several = re.findall(r"LIMIT (\d+)\) AS part", statement)
    return sum(map(int, of_several or re.findall(r"LIMIT (\d+)\) AS entry", statement)))


def test_page_of_conditions_that_never_meet_is_empty_and_goes_on(
    never_meeting: User, most_entries: Callable[[int], None]
) -> None:
    most_entries(20)

    first, *others = pages(never_meeting, 50, q="red green")

    assert first.rows == []
    assert first.next is not None
    assert first.previous is None
    assert [row.prompt for page in others for row in page.rows] == ["red green"]


def test_queries_of_a_page_are_bounded(never_meeting: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        newest(viewer=never_meeting, wanted=Wanted(q="red green", kind="text"))

    assert len(captured) <= 8

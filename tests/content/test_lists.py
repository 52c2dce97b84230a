"""Lists of content: what is found, for whom, in which order; and that no query of theirs reads a whole table."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.errors import NotFound
from content import services, terms
from content.lists import Wanted, cursor_behind, newest
from content.models import Content, Tag, Takedown, Term, Visibility
from content.selectors import Viewer
from content.vocabulary import MOST_COMPLETIONS, completions
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return UserFactory()


def found(viewer: Viewer, **wanted: Any) -> list[Content]:
    """All pages of 2, which must be the same forwards and backwards."""
    page = newest(viewer=viewer, wanted=Wanted(**wanted), limit=2)
    pages = [page]
    while page.next:
        page = newest(viewer=viewer, wanted=Wanted(**wanted), cursor=page.next, limit=2)
        pages.append(page)
    back = [page]
    while page.previous:
        page = newest(viewer=viewer, wanted=Wanted(**wanted), cursor=page.previous, limit=2)
        back.append(page)
    assert [each.rows for each in reversed(back)] == [each.rows for each in pages]
    assert pages[0].previous is None
    return [row for each in pages for row in each.rows]


def prompts(*texts: str, **changes: Any) -> list[Content]:
    return [ContentFactory(prompt=text, **changes) for text in texts]


# ---- whose ----------------------------------------------------------------------------------------------------------


def test_own_and_public_once_each_newest_first(user: User) -> None:
    mine, shown, theirs = (
        ContentFactory(owner=user),
        ContentFactory(owner=user, public=True),
        ContentFactory(public=True),
    )
    hidden = ContentFactory()

    assert found(user) == [theirs, shown, mine]
    assert found(user, mine=True) == [shown, mine]
    assert found(user, visibility="public") == [theirs, shown]
    assert found(user, visibility="private") == [mine]
    assert found(user, mine=True, visibility="public") == [shown]
    assert found(hidden.owner) == [hidden, theirs, shown]


@pytest.mark.parametrize("viewer", [None, AnonymousUser()])
def test_nobody_sees_what_is_public(viewer: Viewer) -> None:
    public = ContentFactory(public=True, prompt="a boat")
    ContentFactory(prompt="a boat")

    assert found(viewer) == [public]
    assert found(viewer, q="boat") == [public]
    assert found(viewer, mine=True) == found(viewer, visibility="private") == []


@pytest.mark.parametrize("wanted", [{}, {"q": "boat"}, {"tag": "red"}, {"kind": "text", "q": "boat"}])
def test_pages_of_rows_of_one_moment(user: User, wanted: dict[str, str]) -> None:
    rows = [ContentFactory(owner=user, public=number % 2, prompt="a boat") for number in range(7)]
    for row in rows:
        TagFactory(content=row, name="red")
    Content.objects.update(created_at=DAY)
    for content in Content.objects.all():
        terms.index(content=content)

    assert found(user, **wanted) == list(Content.objects.order_by("-id"))


def test_what_was_taken_down_is_in_no_list(user: User) -> None:
    whole = ContentFactory(owner=user, prompt="a boat")
    part = ContentFactory(owner=user, prompt="a boat")
    services.list_parts(content=part, parts=["bafkreiblock"])
    Takedown.objects.create(cid=whole.cid)
    Takedown.objects.create(cid="bafkreiblock")

    assert found(user) == found(user, q="boat") == found(user, kind="text", q="boat") == []


def test_a_term_that_was_left_behind_shows_nothing(user: User) -> None:
    row = ContentFactory(owner=user, public=True, prompt="a boat")
    Content.objects.update(visibility=Visibility.PRIVATE)

    assert found(None, q="boat") == []
    assert found(user, q="boat") == [row]


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "query"),
    [
        ("a Red boat, at sea", "SEA boat"),
        ("a Red boat, at sea", "a boa red"),
        ("the boat's lights", "boat light"),
        ("le CAFÉ du port", "cafe"),
        ("le cafe du port", "Café"),
        ("die Straße", "strasse"),
        ("ﬁne Ｗｉｄｅ letters", "fine wide"),
        ("красная лодка", "ЛОДКА"),
        ("赤い船と海", "船 赤"),
        ("바다 위의 배", "바다"),
        ("a 🦊 in snow", "🦊"),
        ("snake_case_name", "case"),
        ("version 2.5 of it", "2.5"),
        ("%_\\", "x"),
    ],
)
def test_words_in_any_order_case_accents_and_form(user: User, prompt: str, query: str) -> None:
    (row, _other) = prompts(prompt if query != "x" else f"{prompt} x", "something else", owner=user)

    assert found(user, q=query) == [row]


@pytest.mark.parametrize("query", ["oat", "boat car", "bo", "boats", "b%", "赤い車"])
def test_words_that_are_not_in_the_prompt(user: User, query: str) -> None:
    prompts("a red boat", "赤い船", owner=user)

    assert found(user, q=query) == []


def test_beginning_of_several_words_finds_each_row_once_in_order(user: User) -> None:
    first, second, third = prompts("boat and boats", "a boathouse", "the boat", owner=user)

    assert found(user, q="boa") == [third, second, first]
    assert found(user, q="boat") == [third, second, first]
    assert found(user, q="boats") == [first]


def test_completions_are_those_of_one_list_in_alphabetical_order(user: User) -> None:
    prompts(*(f"word{number:03}" for number in range(MOST_COMPLETIONS + 5)), "word", "wor", "worm", owner=user)
    ContentFactory(prompt="wordless")

    listed = completions(feeds=[user.pk], beginnings=["word", "worm", "xyz"])

    assert listed[user.pk, "word"] == ["word", *(f"word{number:03}" for number in range(MOST_COMPLETIONS - 1))]
    assert listed[user.pk, "worm"] == ["worm"]
    assert listed[user.pk, "xyz"] == []


def test_tag_is_no_word_and_a_word_is_no_tag(user: User) -> None:
    tagged, worded = ContentFactory(owner=user, prompt="sea"), ContentFactory(owner=user, prompt="red boat")
    TagFactory(content=tagged, name="red boat")

    assert found(user, tag="red boat") == [tagged]
    assert found(user, q="red boat") == [worded]
    assert found(user, tag="red") == []


# ---- everything together --------------------------------------------------------------------------------------------


def test_every_combination_finds_what_python_finds(user: User) -> None:
    rows = []
    for number in range(24):
        rows.append(
            ContentFactory(
                owner=user if number % 2 else UserFactory(),
                public=number % 3 == 0,
                picture=number % 4 == 0,
                prompt=("red boat", "red tower", "blue boat")[number % 3],
                provenance={"model": f"m{number % 2}", "seed": number % 5},
            )
        )
    for row in rows[::2]:
        TagFactory(content=row, name="even")
    for row in rows:
        row.created_at = DAY + timedelta(hours=rows.index(row))
        row.save()
        terms.index(content=row)
    conditions: dict[str, tuple[Any, Callable[[Content], bool]]] = {
        "kind": ("image", lambda row: row.kind == "image"),
        "q": ("boa", lambda row: "boat" in row.prompt),
        "tag": ("even", lambda row: row.tags.exists()),
        "model": ("m1", lambda row: row.model == "m1"),
        "seed": (3, lambda row: row.seed == 3),
        "since": (DAY + timedelta(hours=3), lambda row: row.created_at >= DAY + timedelta(hours=3)),
        "until": (DAY + timedelta(hours=20), lambda row: row.created_at <= DAY + timedelta(hours=20)),
    }
    seen = [row for row in reversed(rows) if row.owner == user or row.visibility == "public"]
    names = list(conditions)
    for first in names:
        for second in names:
            chosen = {name: conditions[name] for name in (first, second)}
            expected = [row for row in seen if all(test(row) for _, test in chosen.values())]
            assert found(user, **{name: value for name, (value, _) in chosen.items()}) == expected, (first, second)


def test_changes_are_found_at_once(user: User) -> None:
    stored = services.store(b"a boat")
    row = services.register(
        owner=user,
        stored=stored,
        kind="text",
        media_type="text/plain",
        prompt="a boat",
        provenance={"seed": 7, "model": "m"},
    )
    assert found(user, q="boat", seed=7, model="m") == [row]
    assert found(None, q="boat") == []

    services.change(content=row, visibility="public", tags=["red"])
    assert found(None, q="boat", tag="red") == [row]

    services.change(content=row, visibility="private", tags=["blue"])
    assert found(None, q="boat") == found(user, tag="red") == []
    assert found(user, tag="blue") == [row]

    services.register(owner=user, stored=stored, kind="text", media_type="text/plain", visibility="public")
    assert found(None, q="boat") == [row]

    services.delete(content=row)
    assert not Term.objects.exists()


@pytest.mark.parametrize(
    ("provenance", "expected"),
    [
        ({"model": "m", "seed": 2**32 - 1}, ("m", 2**32 - 1)),
        ({"model": None, "seed": None}, ("", None)),
        ({"model": ["m"], "seed": "7"}, ("", None)),
        ({"model": "x" * 256, "seed": 2**32}, ("", None)),
        ({"seed": True}, ("", None)),
        ({"seed": -1}, ("", None)),
        ({}, ("", None)),
    ],
)
def test_provenance_of_any_origin_gives_model_and_seed(provenance: dict[str, Any], expected: tuple[str, Any]) -> None:
    columns = terms.columns_of(provenance)

    assert (columns["model"], columns["seed"]) == expected


# ---- cursors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", ["", "x", "\0", "é", "cD0yMDI2", "Kw", "=" * 9, "KzIwMjY" * 20])
def test_cursor_that_is_none(user: User, cursor: str) -> None:
    with pytest.raises(NotFound):
        newest(viewer=user, cursor=cursor)


def test_cursor_of_a_row_that_was_deleted_goes_on_behind_it(user: User) -> None:
    oldest, middle, _latest = (ContentFactory(owner=user) for _ in range(3))
    cursor = cursor_behind(middle)
    middle.delete()

    assert newest(viewer=user, cursor=cursor).rows == [oldest]


# ---- plans ----------------------------------------------------------------------------------------------------------

# Rows and terms are told from what queries make themselves by the tables that they are aliases of.
_SCAN = {
    "sqlite": re.compile(r"^SCAN (content_|term|[A-Z]\d)"),
    "mysql": re.compile(r"^(ALL|index) (content_|term|[A-Z]\d)"),
}
WANTED: list[dict[str, Any]] = [
    {},
    {"mine": True},
    {"visibility": "public"},
    {"visibility": "private"},
    {"kind": "text"},
    {"model": "m"},
    {"seed": 7},
    {"tag": "red"},
    {"q": "boat"},
    {"q": "red boat"},
    {"q": "boat", "tag": "red", "kind": "text", "model": "m", "seed": 7},
    {"since": DAY, "until": DAY + timedelta(days=1)},
]


FEW, MANY = 20, 1200


def fill(user: User, count: int) -> None:
    """Rows without bytes, of two owners, half of them public."""
    other = UserFactory()
    rows = [
        Content(
            id=UUID(int=number + 1),
            owner=user if number % 2 else other,
            cid=f"bafkrei{number}",
            kind="text",
            size_bytes=1,
            prompt="a red boat",
            model="m",
            seed=7,
            visibility="public" if number % 4 < 2 else "private",
            created_at=DAY + timedelta(seconds=number),
        )
        for number in range(count)
    ]
    Content.objects.bulk_create(rows, batch_size=300)
    Tag.objects.bulk_create([Tag(content=row, name="red") for row in rows], batch_size=300)
    entries = [
        Term(feed=feed, name=name, created_at=row.created_at, content=row)
        for row in rows
        for feed in (row.owner_id, *([terms.PUBLIC_FEED] if row.visibility == "public" else []))
        for name in ("a", "red", "boat", "#red")
    ]
    Term.objects.bulk_create(entries, batch_size=200)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE content_content, content_term, content_tag")


def plan_of(statement: str) -> list[str]:
    """How the database would read: one line for each table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            return [str(row[3]) for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {statement}")
        # The denylist is empty here: MariaDB reads the whole of it, which is nothing.
        return [f"{row[3]} {row[2]}" for row in cursor.fetchall() if int(row[8] or 0) > FEW]


# MariaDB's ANALYZE ends a transaction: rows of one that is rolled back would stay.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_list_reads_a_whole_table_or_asks_more_where_there_is_more(user: User, signed_in: bool) -> None:
    viewer = user if signed_in else None
    asked = []
    for count in (FEW, MANY):
        Content.objects.all().delete()
        fill(user, count)
        for wanted in WANTED:
            for cursor in (None, cursor_behind(Content.objects.order_by("-created_at")[2])):
                with CaptureQueriesContext(
                    connection,
                ) as captured:
                    newest(viewer=viewer, wanted=Wanted(**wanted), cursor=cursor)
                asked.append((count, str(wanted), cursor is None, [query["sql"] for query in captured]))
    few, many = (
        {(name, first): len(sql) for size, name, first, sql in asked if size == count} for count in (FEW, MANY)
    )
    assert few == many
    assert max(many.values()) <= 15
    for size, name, _, statements in asked:
        for statement in statements if size > FEW else []:
            scans = [line for line in plan_of(statement) if _SCAN[connection.vendor].match(line)]
            assert not scans, (name, statement, scans)

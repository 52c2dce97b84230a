"""Rows of a registry by the million, as the services would have written them, in minutes.

The first thousand are made by the models; the others repeat them, each with a key, a CID and a time of its own. They
go straight into the tables: into SQLite before its indexes are made, into MariaDB the way it loads an empty table. Keys
are as random as those of the services, so each row of a page lies somewhere else.
"""

from base64 import b32encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import User
from content import terms
from content.models import Content, Tag, Term
from content.terms import PUBLIC_FEED, columns_of
from content.words import tag_word, words_of

CALLER = 1
# Of the oldest row alone.
RARE_WORD = "lighthouse"
BLOCK = 1_000
_OTHERS = (2, 3, 4)
_ROWS_AT_ONCE = 5_000
_BEGINNING = datetime(2026, 1, 1, microsecond=250_000, tzinfo=UTC)
_COLOURS = ("red", "green", "blue", "yellow")
_THINGS = ("boat", "boats", "boathouse", "tower", "fox")
_PLACES = ("harbour", "forest", "desert")
# Of ten in turn; half of all are the caller's.
_PUBLIC = (0, 1, 2)

# Of this connection alone: nobody needs these rows after a loss of power.
_HASTE = {
    # The journal stays: it could be switched off only while no other connection is open.
    "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-400000"),
    "mysql": ("SET SESSION unique_checks=0", "SET SESSION foreign_key_checks=0"),
}


def fill(count: int) -> None:
    """Write `count` pieces of content, a multiple of `BLOCK`, the newest last, with their tags and terms."""
    people = [User(pk=CALLER, username="caller"), *(User(pk=pk, username=f"other{pk}") for pk in _OTHERS)]
    for user in people:
        user.email = f"{user.username}@example.org"
    User.objects.bulk_create(people)
    with connection.cursor() as cursor:
        for statement in _HASTE[connection.vendor]:
            cursor.execute(statement)
    keys = [_stored(Content, "id", _key(number)) for number in range(count)]
    times = [_stored(Content, "created_at", _made(number)) for number in range(count)]
    with _indexes_afterwards(Content, Tag, Term), transaction.atomic():
        _insert(Content, _contents(keys, times))
        _insert(Tag, _all_tags(keys))
        _insert(Term, _all_terms(keys, times))
    oldest = Content.objects.get(pk=_key(0))
    oldest.prompt += f" {RARE_WORD}"
    oldest.save()
    terms.index(content=oldest)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            # The server does so by itself, some time later.
            cursor.execute("ANALYZE TABLE content_content, content_tag, content_term")
    connection.close()


def row_before_page(page: int, count: int) -> Content:
    """About the last row of the page before, of 50 each, in the caller's list of own and public content."""
    # Of ten rows in turn the caller sees six: five own, and one public of others.
    return Content.objects.get(pk=_key(count - (page - 1) * 50 * 10 // 6))


# ---- Into the tables -------------------------------------------------------------------------------------------------


@contextmanager
def _indexes_afterwards(*models: type[Model]) -> Iterator[None]:
    """Make the indexes of SQLite's tables once they are full, which sorts, instead of row by row."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (%s, %s, %s)",
            [model._meta.db_table for model in models],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, statement in indexes:
            cursor.execute(statement)


def _insert(model: type[Model], rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows of values for the columns of `_fields`."""
    names = ", ".join(str(field.column) for field in _fields(model))
    marks = ", ".join(["%s"] * len(_fields(model)))
    statement = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})"  # noqa: S608  # names of our own
    with connection.cursor() as cursor:
        batch: list[tuple[Any, ...]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _ROWS_AT_ONCE:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)


def _fields(model: type[Model]) -> list[Any]:
    # A tag's own number is the database's affair.
    return [field for field in model._meta.concrete_fields if (model, field.column) != (Tag, "id") and field.column]


def _stored(model: type[Model], name: str, value: Any) -> Any:
    """A value as the database takes it."""
    (field,) = (field for field in model._meta.concrete_fields if field.name == name)
    return field.get_db_prep_save(value, connection)


def _contents(keys: list[Any], times: list[Any]) -> Iterator[tuple[Any, ...]]:
    fields = _fields(Content)
    block = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        for row in map(_content, range(BLOCK))
    ]
    places = [[field.column for field in fields].index(name) for name in ("id", "cid", "created_at")]
    for number, (key, time) in enumerate(zip(keys, times, strict=True)):
        row = block[number % BLOCK].copy()
        for place, value in zip(places, (key, _cid(number), time), strict=True):
            row[place] = value
        yield tuple(row)


def _all_tags(keys: list[Any]) -> Iterator[tuple[Any, ...]]:
    order = [field.attname for field in _fields(Tag)]
    for number, key in enumerate(keys):
        for name in _tag_names(number % BLOCK):
            values = {"content_id": key, "name": name}
            yield tuple(values[column] for column in order)


def _all_terms(keys: list[Any], times: list[Any]) -> Iterator[tuple[Any, ...]]:
    """In the order of their key."""
    places: dict[tuple[int, str], list[int]] = {}
    for number in range(BLOCK):
        for feed in [_owner(number), *([PUBLIC_FEED] if number % 10 in _PUBLIC else [])]:
            for name in [*words_of(_prompt(number)), *map(tag_word, _tag_names(number))]:
                places.setdefault((feed, name), []).append(number)
    order = [field.attname for field in _fields(Term)]
    assert order == ["feed", "name", "created_at", "content_id"]
    for (feed, name), offsets in sorted(places.items()):
        for start in range(0, len(keys), BLOCK):
            for number in offsets:
                yield feed, name, times[start + number], keys[start + number]


# ---- What is in them -------------------------------------------------------------------------------------------------


def _key(number: int) -> UUID:
    return UUID(bytes=md5(number.to_bytes(8), usedforsecurity=False).digest(), version=4)


def _cid(number: int) -> str:
    return "bafkrei" + b32encode(sha256(number.to_bytes(8)).digest()).decode().lower()[:52]


def _content(number: int) -> Content:
    provenance = {
        "engine": "stable-diffusion",
        "model": f"model-{number // 2 % 4}",
        "revision": "2",
        "seed": 42 if number // 2 % 5 == 0 else number,
        "parameters": {"num_inference_steps": 30, "guidance_scale": 7.5, "scheduler": "DDIMScheduler"},
    }
    return Content(
        id=_key(number),
        owner_id=_owner(number),
        cid=_cid(number),
        kind="audio" if number // 2 % 8 == 0 else "image",
        media_type="image/png",
        size_bytes=50_000,
        width=512,
        height=512,
        prompt=_prompt(number),
        provenance=provenance,
        **columns_of(provenance),
        visibility="public" if number % 10 in _PUBLIC else "private",
        created_at=_made(number),
    )


def _owner(number: int) -> int:
    return CALLER if number % 2 == 0 else _OTHERS[number // 2 % len(_OTHERS)]


def _made(number: int) -> datetime:
    return _BEGINNING + timedelta(seconds=number)


def _prompt(number: int) -> str:
    turn = number // 2
    return f"calm {_COLOURS[turn % 4]} {_THINGS[turn % 5]} {_PLACES[turn % 3]}"


def _tag_names(number: int) -> list[str]:
    return ["sea side"] if number // 2 % 4 == 1 else []

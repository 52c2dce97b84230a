"""Rows of a registry by the million: a thousand made by the models, and copies of them that the database makes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import User
from content.models import Content, Tag, Term
from content.terms import PUBLIC_FEED, columns_of
from content.words import tag_word, words_of

CALLER = 1
# Of the oldest row alone.
RARE_WORD = "lighthouse"
BLOCK = 1_000
_OTHERS = (2, 3, 4)
_BLOCKS_AT_ONCE = 20
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_COLOURS = ("red", "green", "blue", "yellow")
_THINGS = ("boat", "boats", "boathouse", "tower", "fox")
_PLACES = ("harbour", "forest", "desert")
# Of ten in turn; half of all are the caller's.
_PUBLIC = (0, 1, 2)

# Of this connection alone: nobody needs these rows after a loss of power.
_HASTE = {
    "sqlite": ("PRAGMA synchronous=OFF", "PRAGMA cache_size=-200000"),
    "mysql": ("SET SESSION unique_checks=0", "SET SESSION foreign_key_checks=0"),
}
# What a copy has of its own, by its number.
_OWN = {
    "sqlite": {
        "id": "printf('%032x', {number} + 1)",
        "cid": "printf('bafkrei%052d', {number})",
        "created_at": "strftime('%Y-%m-%d %H:%M:%S', 1767225600 + {number}, 'unixepoch')",
    },
    "mysql": {
        "id": "CONCAT('00000000-0000-0000-0000-', LPAD(HEX({number} + 1), 12, '0'))",
        "cid": "CONCAT('bafkrei', LPAD({number}, 52, '0'))",
        "created_at": "TIMESTAMPADD(SECOND, {number}, '2026-01-01')",
    },
}


def fill(count: int) -> None:
    """Write `count` pieces of content, a multiple of `BLOCK`, the newest last, with their tags and terms."""
    people = [User(pk=CALLER, username="caller"), *(User(pk=pk, username=f"other{pk}") for pk in _OTHERS)]
    for user in people:
        user.email = f"{user.username}@example.org"
    User.objects.bulk_create(people)
    rows = [_content(number) for number in range(BLOCK)]
    Content.objects.bulk_create(rows, batch_size=200)
    # Creating sets the time of now.
    for number, row in enumerate(rows):
        row.created_at = _made(number)
    Content.objects.bulk_update(rows, ["created_at"], batch_size=200)
    Tag.objects.bulk_create([tag for number in range(BLOCK) for tag in _tags(number)], batch_size=200)
    Term.objects.bulk_create([term for number in range(BLOCK) for term in _terms(number)], batch_size=200)
    with connection.cursor() as cursor:
        for statement in _HASTE[connection.vendor]:
            cursor.execute(statement)
        cursor.execute(
            "CREATE TEMPORARY TABLE place AS "
            "SELECT id, ROW_NUMBER() OVER (ORDER BY created_at) - 1 AS number FROM content_content"
        )
        cursor.execute("CREATE UNIQUE INDEX place_of_row ON place (id)")
    starts = range(BLOCK, count, BLOCK)
    for first in range(0, len(starts), _BLOCKS_AT_ONCE):
        with transaction.atomic():
            for start in starts[first : first + _BLOCKS_AT_ONCE]:
                _copy(Content, "id", start)
                _copy(Tag, "content_id", start)
                _copy(Term, "content_id", start)
    Term.objects.create(feed=CALLER, name=RARE_WORD, created_at=_made(0), content_id=_key(0))
    connection.close()


def _copy(model: type[Model], key: str, start: int) -> None:
    """The first block once more, as the block whose first row has the number `start`."""
    own = {name: code.format(number=f"(place.number + {start})") for name, code in _OWN[connection.vendor].items()}
    own[key] = own["id"]
    table = model._meta.db_table
    # A tag's own number is the database's affair.
    columns = [str(field.column) for field in model._meta.concrete_fields if (model, field.column) != (Tag, "id")]
    values = [own.get(column, f"first.{column}") for column in columns]
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608  # names of our own
        f"FROM place CROSS JOIN {table} first ON first.{key} = place.id ORDER BY place.number"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def row_before_page(page: int, count: int) -> Content:
    """About the last row of the page before, of 50 each, in the caller's list of own and public content."""
    # Of ten rows in turn the caller sees six: five own, and one public of others.
    return Content.objects.get(pk=_key(count - (page - 1) * 50 * 10 // 6))


def _key(number: int) -> UUID:
    # In the order of time, so that a million are written in minutes; queries read them the same way.
    return UUID(int=number + 1)


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
        cid=f"bafkrei{number:052d}",
        kind="audio" if number // 2 % 8 == 0 else "image",
        media_type="image/png",
        size_bytes=50_000,
        width=512,
        height=512,
        prompt=_prompt(number),
        provenance=provenance,
        **columns_of(provenance),
        visibility="public" if number % 10 in _PUBLIC else "private",
    )


def _owner(number: int) -> int:
    return CALLER if number % 2 == 0 else _OTHERS[number // 2 % len(_OTHERS)]


def _made(number: int) -> datetime:
    return _BEGINNING + timedelta(seconds=number)


def _prompt(number: int) -> str:
    turn = number // 2
    return f"{_COLOURS[turn % 4]} {_THINGS[turn % 5]} {_PLACES[turn % 3]}"


def _tag_names(number: int) -> list[str]:
    return ["sea side"] if number // 2 % 4 == 1 else []


def _tags(number: int) -> list[Tag]:
    return [Tag(content_id=_key(number), name=name) for name in _tag_names(number)]


def _terms(number: int) -> list[Term]:
    names = [*words_of(_prompt(number)), *map(tag_word, _tag_names(number))]
    feeds = [_owner(number), *([PUBLIC_FEED] if number % 10 in _PUBLIC else [])]
    return [
        Term(feed=feed, name=name, created_at=_made(number), content_id=_key(number))
        for feed in feeds
        for name in names
    ]

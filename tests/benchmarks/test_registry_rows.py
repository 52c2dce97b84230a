"""The rows that lists are measured among are those that the services would have written."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections

from accounts.models import User
from benchmarks import registry_rows
from content import services, terms
from content.lists import Wanted, newest
from content.models import Content, Tag, Term

# A thousand, and as many that repeat them.
ROWS = 2 * registry_rows.BLOCK
# Of both owners, public and private, with tags and without; the oldest with a word of its own.
SAMPLE = [0, 1, 2, 3, 10, 11, 999, 1000, 1002, 1011, 1999]


@pytest.fixture
def filled(transactional_db: None) -> Iterator[None]:
    # As other threads have: nothing that is set up for haste may want the database for itself.
    other = connections.create_connection("default")
    other.ensure_connection()
    # It ends its own connection.
    registry_rows.fill(ROWS)
    yield
    other.close()


def written(row: Content) -> dict[str, object]:
    """All that there is of a row, but its key and its bytes."""
    columns = {
        field.attname: getattr(row, field.attname)
        for field in Content._meta.concrete_fields
        if field.attname not in ("id", "cid", "size_bytes")
    }
    tags = sorted(Tag.objects.filter(content=row).values_list("name", flat=True))
    entries = sorted(Term.objects.filter(content=row).values_list("feed", "name", "created_at"))
    return {**columns, "tags": tags, "terms": entries}


def test_rows_are_those_of_the_services(filled: None) -> None:
    rows = list(Content.objects.order_by("created_at"))
    assert len(rows) == ROWS
    for number in SAMPLE:
        row = rows[number]
        expected = written(row)
        twin = services.register(
            owner=row.owner,
            stored=services.StoredFile(cid=f"bafkreitwin{number}", size_bytes=1),
            kind=row.kind,
            media_type=row.media_type,
            prompt=row.prompt,
            provenance=row.provenance,
            visibility=row.visibility,
            width=row.width,
            height=row.height,
        )
        services.change(content=twin, tags=list(row.tags.values_list("name", flat=True)))
        Content.objects.filter(pk=twin.pk).update(created_at=row.created_at, pin_state=row.pin_state)
        twin.refresh_from_db()
        terms.index(content=twin)

        assert written(twin) == expected, number


def test_lists_find_them(filled: None) -> None:
    caller = User.objects.get(pk=registry_rows.CALLER)

    assert (
        newest(viewer=caller).rows[0]
        == Content.objects.order_by("-created_at").exclude(visibility="private", owner__gt=caller.pk).first()
    )
    for wanted in (Wanted(), Wanted(q="calm harbour red"), Wanted(tag="sea side"), Wanted(q="boa", model="model-2")):
        assert len(newest(viewer=caller, wanted=wanted).rows) == 50
    assert [row.prompt for row in newest(viewer=caller, wanted=Wanted(q="lighthouse")).rows] == [
        f"calm red boat harbour {registry_rows.RARE_WORD}"
    ]


def test_indexes_are_there_again(filled: None) -> None:
    with connection.cursor() as cursor:
        for model in (Content, Tag, Term):
            constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
            present = {tuple(each["columns"]) for each in constraints.values() if each["index"] or each["unique"]}
            for index in model._meta.indexes:
                assert tuple(str(model._meta.get_field(name).column) for name in index.fields) in present  # type: ignore[union-attr]

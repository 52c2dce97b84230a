"""Rows that were there before say in their provenance what they were made from: note it where it can be looked for."""

from django.db import migrations

ROWS_AT_ONCE = 500


def named_in(provenance):
    # An imported row's may be anything.
    parents = provenance.get("parents") if isinstance(provenance, dict) else None
    return [cid for cid in parents if isinstance(cid, str) and 0 < len(cid) <= 128] if isinstance(parents, list) else []


def note_parents(apps, schema_editor):
    Content, Parent = apps.get_model("content", "Content"), apps.get_model("content", "Parent")
    last = None
    rows = Content.objects.order_by("pk").only("pk", "provenance")
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:ROWS_AT_ONCE]):
        last = batch[-1].pk
        parents = [
            Parent(content=row, cid=cid)
            for row in batch
            for cid in dict.fromkeys(named_in(row.provenance))
        ]
        # Doing it twice changes nothing: MySQL keeps what a broken migration has written.
        Parent.objects.bulk_create(parents, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('content', '0003_previews_parents'),
    ]

    operations = [migrations.RunPython(note_parents, migrations.RunPython.noop)]

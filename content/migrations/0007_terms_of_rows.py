"""Rows that were there before: model and seed where an index finds them, and the terms by which lists are narrowed."""

from django.db import migrations

# Not written down here once more: these must be the words that a search of today looks for.
from content.terms import PUBLIC_FEED, columns_of
from content.words import tag_word, words_of

ROWS_AT_ONCE = 500


def note_terms(apps, schema_editor):
    Content, Term = apps.get_model("content", "Content"), apps.get_model("content", "Term")
    last = None
    rows = Content.objects.order_by("pk").prefetch_related("tags")
    rows = rows.only("pk", "owner_id", "prompt", "provenance", "visibility", "created_at")
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:ROWS_AT_ONCE]):
        last, terms = batch[-1].pk, []
        for row in batch:
            # An imported row's provenance may be anything.
            columns = columns_of(row.provenance if isinstance(row.provenance, dict) else {})
            row.model, row.seed = columns["model"], columns["seed"]
            names = [*words_of(row.prompt), *(tag_word(tag.name) for tag in row.tags.all())]
            feeds = [row.owner_id, *([PUBLIC_FEED] if row.visibility == "public" else [])]
            terms += [
                Term(feed=feed, name=name, created_at=row.created_at, content_id=row.pk)
                for feed in feeds
                for name in names
            ]
        Content.objects.bulk_update(batch, ["model", "seed"], batch_size=100)
        # Doing it twice changes nothing: MySQL keeps what a broken migration has written.
        Term.objects.bulk_create(terms, batch_size=200, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('content', '0006_lists'),
    ]

    operations = [migrations.RunPython(note_terms, migrations.RunPython.noop)]

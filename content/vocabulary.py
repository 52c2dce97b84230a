"""Which words a list has that begin with given letters."""

from django.db import connection

# Each is a part of a query. More begin with few letters than anybody means: the first of the alphabet are taken.
MOST_COMPLETIONS = 32

# Over all the entries that a word has, one look-up in the index leads to the next word. MySQL and MariaDB do so by
# themselves where they are asked to group ("Using index for group-by"); SQLite reads every entry then, and must be led.
_GROUPED = """
    SELECT name FROM content_term WHERE feed = %s AND name >= %s AND name < %s
    GROUP BY feed, name ORDER BY feed, name LIMIT %s
"""
_LED = """
    WITH RECURSIVE step (name, number) AS (
        SELECT (SELECT MIN(name) FROM content_term WHERE feed = %s AND name >= %s AND name < %s), 1
        UNION ALL
        SELECT (SELECT MIN(term.name) FROM content_term term
                WHERE term.feed = %s AND term.name > step.name AND term.name < %s), number + 1
        FROM step WHERE step.name IS NOT NULL AND number < %s
    )
    SELECT name FROM step WHERE name IS NOT NULL
"""


def completions(*, feed: int, beginning: str) -> list[str]:
    """The words of the list `feed` that begin with `beginning`, itself first; at most `MOST_COMPLETIONS`."""
    end = beginning + "\U0010ffff"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_LED, [feed, beginning, end, feed, end, MOST_COMPLETIONS])
        else:
            cursor.execute(_GROUPED, [feed, beginning, end, MOST_COMPLETIONS])
        return [name for (name,) in cursor.fetchall()]

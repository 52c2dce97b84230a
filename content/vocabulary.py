"""Which words a list has that begin with given letters."""

from collections.abc import Sequence

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


def completions(*, feeds: Sequence[int], beginnings: Sequence[str]) -> dict[tuple[int, str], list[str]]:
    """For each list and beginning the words of that list which begin so, itself first; at most `MOST_COMPLETIONS`.

    One query, none where there are no beginnings.
    """
    found: dict[tuple[int, str], list[str]] = {(feed, text): [] for feed in feeds for text in beginnings}
    if not found:
        return found
    pairs, parts = list(found), []
    params: list[int | str] = []
    for place, (feed, beginning) in enumerate(pairs):
        # Nothing sorts behind the last code point.
        end = beginning + "\U0010ffff"
        values: list[int | str] = [feed, beginning, end, MOST_COMPLETIONS]
        part = _GROUPED
        if connection.vendor == "sqlite":
            part, values[3:3] = _LED, [feed, end]
        parts.append(f"SELECT {place} AS place, name FROM ({part}) AS part")  # noqa: S608  # with parameters
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY place, name", params)
        for place, name in cursor.fetchall():
            found[pairs[place]].append(name)
    return found

"""Whether a database of MySQL or MariaDB can hold every character, and whether a search in it tells them apart."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection

from operations.errors import CannotStart
from operations.findings import Finding, Verdict

WANTED = "utf8mb4"
# Both servers have it, in all versions that Atelier runs on.
ADVISED = "utf8mb4_unicode_520_ci"
# MariaDB's old default: whatever is beyond the first 65,536 code points is one and the same letter to it.
_COARSE = "utf8mb4_general_ci"


def check_character_set() -> None:
    """Raise `CannotStart` where tables would be made that cannot hold every character. SQLite's can."""
    for finding in examine_character_set():
        if finding.verdict == Verdict.FAIL:
            raise CannotStart(f"The database has {finding.detail}. {finding.fix}")


def examine_character_set() -> Iterator[Finding]:
    """What `doctor` says of it; nothing for SQLite. Raises `DatabaseError` where the database is away."""
    if connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@collation_database")
        character_set, collation = cursor.fetchone()
    name = settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"]
    change = f"ALTER DATABASE `{name}` CHARACTER SET {WANTED} COLLATE {ADVISED};"
    if character_set != WANTED:
        fix = f"While it has no tables: {change}"
        detail = f"the character set {character_set}, which cannot hold emoji"
        yield Finding("character set", Verdict.FAIL, detail, fix)
    elif collation == _COARSE:
        fix = f"Before it has tables: {change} It can stay as it is, too: only searches in the admin find too much."
        detail = f"the collation {collation}, which holds all emoji for the same letter"
        yield Finding("character set", Verdict.WARN, detail, fix)
    else:
        yield Finding("character set", Verdict.OK, collation)

"""Databases of MariaDB that cannot hold every character are refused before they have tables."""

from collections.abc import Iterator

import pytest

from tests.support.mariadb import PrivateMariaDB
from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes


@pytest.fixture
def latin(mariadb: PrivateMariaDB) -> Iterator[RunningAtelier]:
    """An Atelier whose database was made by a server with another default."""
    mariadb.execute("CREATE DATABASE IF NOT EXISTS latin CHARACTER SET latin1")
    atelier = RunningAtelier(environment={"DATABASE_URL": mariadb.url("latin")})
    yield atelier
    atelier.close()


def test_prepare_refuses_and_names_the_statement_that_helps(latin: RunningAtelier, mariadb: PrivateMariaDB) -> None:
    done = latin.manage("prepare", check=False)

    assert done.returncode == 1
    assert done.stderr.strip() == (
        "CommandError: The database has the character set latin1, which cannot hold emoji. While it has no tables: "
        "ALTER DATABASE `latin` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;"
    )
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'latin'"
    assert mariadb.execute(tables) == []

    mariadb.execute(done.stderr.strip().partition("tables: ")[2])
    latin.manage("migrate")
    assert mariadb.execute(tables)


def test_a_collation_that_knows_no_emoji_is_a_warning(mariadb: PrivateMariaDB) -> None:
    url = mariadb.create("coarse", collation="utf8mb4_general_ci")
    atelier = RunningAtelier(environment={"DATABASE_URL": url})
    try:
        atelier.manage("migrate")
        # Names are compared exactly all the same.
        program = (
            "from content.models import Tag\n"
            "from tests.factories.content import ContentFactory\n"
            "content = ContentFactory()\n"
            "for name in ('🔴', '🔵', 'e', 'é'): Tag.objects.create(content=content, name=name)\n"
            "print(content.tags.filter(name='🔴').count(), content.tags.count())"
        )
        assert atelier.manage("shell", "--no-imports", "-c", program).stdout.strip() == "1 4"
        report = atelier.manage("doctor", check=False).stdout
    finally:
        atelier.close()

    assert "utf8mb4_general_ci, which holds all emoji for the same letter" in report

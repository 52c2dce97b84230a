"""The suite runs on SQLite, and then once more on MariaDB: whatever can depend on the database, and nothing else."""

import pytest

from tests.support.mariadb import under_test

# Fixtures of pytest-django that open the database; its mark `django_db` brings no fixture's name.
_DATABASE_FIXTURES = frozenset(
    {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
)
_SERVER_FIXTURE = "mariadb"


def starts_processes(item: pytest.Item) -> bool:
    """Whether a test says that it starts processes of Atelier."""
    return any(item.get_closest_marker(name) for name in ("processes", "browser"))


def keep_those_of_this_pass(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what the other pass runs."""
    on_mariadb = under_test() is not None
    left_out = [item for item in items if not _belongs(item, on_mariadb)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _belongs(item, on_mariadb)]


def _belongs(item: pytest.Item, on_mariadb: bool) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    if not on_mariadb or _SERVER_FIXTURE in fixtures:
        return on_mariadb == (_SERVER_FIXTURE in fixtures)
    # Browsers look at pages; what pages read and write, other tests of this pass do too.
    if any(item.get_closest_marker(name) for name in ("browser", "own_database")):
        return False
    uses_database = item.get_closest_marker("django_db") is not None or bool(fixtures & _DATABASE_FIXTURES)
    return uses_database or item.get_closest_marker("processes") is not None

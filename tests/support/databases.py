"""The databases of whole Ateliers that tests start: SQLite in the data folder, or one each on the private MariaDB."""

import functools
import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.support.mariadb import execute_at, under_test

_FILE = "atelier.sqlite3"


def variables_of(data_dir: Path) -> dict[str, str]:
    """What the environment of an Atelier with this data folder says about its database; nothing for SQLite."""
    server = under_test()
    return {"DATABASE_URL": server.url(_name_of(data_dir))} if server else {}


def make_empty(data_dir: Path) -> None:
    """The database of `data_dir`, without tables, where there is none."""
    if server := under_test():
        server.create(_name_of(data_dir))


def is_there(data_dir: Path) -> bool:
    """Whether `data_dir` has a database with tables."""
    server = under_test()
    if server is None:
        return (data_dir / _FILE).exists()
    name = _name_of(data_dir)
    return bool(server.execute("SELECT 1 FROM information_schema.tables WHERE table_schema = %s LIMIT 1", name))


def copy(source: Path, target: Path) -> None:
    """Give `target` the database that `source` has; nothing writes to that one."""
    if server := under_test():
        server.load(_name_of(target), _dumped(source))
    else:
        shutil.copy2(source / _FILE, target)


def remove(data_dir: Path) -> None:
    """Drop the database of `data_dir`; a file goes with its folder."""
    if server := under_test():
        server.drop(_name_of(data_dir))


def rows(data_dir: Path, query: str, *values: object, url: str | None = None) -> list[tuple[Any, ...]]:
    """What `query` (`?` for each value) finds now in the database of `url`, else in that of `data_dir`."""
    if url is None and (server := under_test()):
        url = server.url(_name_of(data_dir))
    if url is not None:
        return execute_at(url, query.replace("?", "%s"), *values)
    with sqlite3.connect(data_dir / _FILE, timeout=20) as database:
        found = database.execute(query, values).fetchall()
    database.close()
    return found


def _name_of(data_dir: Path) -> str:
    return "atelier_" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]


@functools.cache
def _dumped(data_dir: Path) -> bytes:
    server = under_test()
    assert server is not None
    return server.dump(_name_of(data_dir))

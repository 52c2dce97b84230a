"""The database: how Atelier works with SQLite, and with MySQL or MariaDB."""

from pathlib import Path
from typing import Any

import environ

from config.environment import WrongSetting, checked


def database(env: environ.Env, data_dir: Path) -> dict[str, Any]:
    """The entry of `DATABASES` that `DATABASE_URL` names, or a file in the data folder. Raises `WrongSetting`."""
    named: dict[str, Any] = checked(
        "DATABASE_URL",
        lambda: env.db("DATABASE_URL", default=f"sqlite:///{data_dir / 'atelier.sqlite3'}"),
        "write sqlite:///PATH or mysql://USER:PASSWORD@HOST:3306/NAME.",
    )
    if named["ENGINE"].endswith("sqlite3"):
        # Tests use a file too: the in-memory database that is the default has no WAL and locks differently.
        return {**named, "OPTIONS": _of_sqlite(), "TEST": {"NAME": str(data_dir / "test.sqlite3")}}
    if named["ENGINE"].endswith("mysql"):
        return {**named, "OPTIONS": {**_of_mysql(), **named.get("OPTIONS", {})}}
    return named


def _of_sqlite() -> dict[str, Any]:
    # Several processes write: WAL lets readers go on, IMMEDIATE makes the second writer wait instead of fail.
    return {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }


def _of_mysql() -> dict[str, Any]:
    # CONN_MAX_AGE stays 0: a request's thread may not come again, and a new connection to a server that was restarted
    # works, where an old one is "gone away".
    try:
        import MySQLdb as MySQLdb
    except ImportError as error:
        raise WrongSetting(
            "DATABASE_URL",
            f"names MySQL, but mysqlclient cannot be imported ({error})",
            "apt-get install pkg-config default-libmysqlclient-dev gcc, then pip install -r requirements-mysql.txt.",
        ) from error
    return {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "sql_mode": "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
        # Nothing of ours holds a lock for long, and what waited in vain is tried again (`common.database`).
        "init_command": "SET SESSION innodb_lock_wait_timeout = 10",
    }

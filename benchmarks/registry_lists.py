"""11: a page of the registry among a thousand rows against a million, and page 10,000 against page 1.

`python -m benchmarks.registry_lists --rows 20000 --database sqlite` is a quick trial.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, paired, table
from tests.support.environment import atelier_variables
from tests.support.mariadb import PrivateMariaDB, find_server

SMALL, LARGE = 1_000, 1_000_000
ROUNDS, REQUESTS = 7, 3
TARGET = 1.2
PAGE_ROWS, FAR_PAGE = 50, 10_000
_ROOT = Path(__file__).resolve().parent.parent
# How a list is narrowed, such that a thousand rows fill a page; and what is found once among all.
LISTS: dict[str, dict[str, str]] = {
    "mine and public": {},
    "public": {"visibility": "public"},
    "private": {"visibility": "private"},
    "kind": {"kind": "audio"},
    "model": {"model": "model-3"},
    "seed": {"seed": "42"},
    "tag": {"tag": "sea side"},
    "from, to": {"from": "2026-01-01T00:01:00Z", "to": "2026-01-01T00:10:00Z"},
    "a word": {"q": "red"},
    "three words": {"q": "harbour red boat"},
    "beginnings of words": {"q": "boa har"},
    "a word, kind and model": {"q": "boat", "kind": "image", "model": "model-2"},
    "a word that one row has": {"q": "lighthouse"},
    "words that never meet": {"q": "red green"},
}


def run(*, rows: int = LARGE, databases: tuple[str, ...] = ("sqlite", "mariadb")) -> list[Figure]:
    """On SQLite, and on a private MariaDB where it is installed."""
    figures = []
    for database in databases:
        if database == "mariadb" and find_server() is None:
            print("mariadbd is missing: apt-get install mariadb-server", file=sys.stderr)
            continue
        with _server(database) as urls:
            figures += _measured_apart(rows, urls)
    return figures


@contextmanager
def _server(database: str) -> Iterator[list[str]]:
    """DATABASE_URLs of two empty databases."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="atelier-lists-") as folder:
            yield [f"sqlite:///{folder}/{name}.sqlite3" for name in ("small", "large")]
        return
    server = PrivateMariaDB()
    server.start()
    try:
        yield [server.create(name) for name in ("small", "large")]
    finally:
        server.stop()


def _measured_apart(rows: int, urls: list[str]) -> list[Figure]:
    """In a process of its own: Django's settings are read once."""
    environment = {name: value for name, value in os.environ.items() if name not in atelier_variables()}
    with tempfile.TemporaryDirectory(prefix="atelier-lists-data-") as folder:
        environment |= {
            "ATELIER_ENV_FILE": "",
            "ATELIER_DATA_DIR": folder,
            "DATABASE_URL": urls[0],
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "benchmarks.registry_lists", "--rows", str(rows), "--inside", urls[1]]
        done = subprocess.run(command, cwd=_ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [Figure(**figure) for figure in json.loads(done.stdout)]


# ---- inside that process ---------------------------------------------------------------------------------------------


def _figures(rows: int, large: str) -> list[Figure]:
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.registry_rows import fill

    databases = _Databases(large)
    for name, count in (("small", SMALL), ("large", rows)):
        databases.use(name)
        started = time.perf_counter()
        call_command("migrate", verbosity=0)
        fill(count)
        print(
            f"{databases.vendor}: {count:,} rows in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True
        )
    lists: dict[str, Callable[[], int]] = {name: partial(_page, query) for name, query in LISTS.items()}
    lists = {"mine": partial(_selected, mine=True), "anonymous": partial(_selected, anonymous=True), **lists}
    figures = []
    for figure in chain(
        (_compared(databases, name, page, rows) for name, page in lists.items()), _far(databases, rows)
    ):
        print(table([figure]).splitlines()[1], file=sys.stderr, flush=True)
        figures.append(figure)
    return figures


class _Databases:
    """Django's connection, to one database or the other."""

    def __init__(self, large: str) -> None:
        import environ
        from django.db import connection

        self._connection = connection
        self._names = {"small": connection.settings_dict["NAME"], "large": environ.Env.db_url_config(large)["NAME"]}
        self.vendor = {"sqlite": "SQLite", "mysql": "MariaDB"}[connection.vendor]

    def use(self, name: str) -> None:
        """The next query goes to the `small` or the `large` one."""
        self._connection.close()
        self._connection.settings_dict["NAME"] = self._names[name]

    def seconds(self, name: str, page: Callable[[], int]) -> float:
        """Of a page, warm: the median of some requests."""
        self.use(name)
        page()
        return _seconds(page)


def _seconds(page: Callable[[], int]) -> float:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        page()
        times.append(time.perf_counter() - started)
    return median(times)


def _page(query: dict[str, str]) -> int:
    """`GET /api/v1/contents` by the user whose half of the rows are, from the view to the JSON; the number of rows."""
    from rest_framework.test import APIRequestFactory, force_authenticate

    from accounts.models import User
    from content.views.contents import Contents

    request = APIRequestFactory().get("/api/v1/contents", query)
    force_authenticate(request, user=User(pk=1, username="caller"))
    # Throttles count in Redis, which has no rows.
    response = Contents.as_view(throttle_classes=[])(request)
    response.render()
    if response.status_code != 200:
        raise AssertionError(response.content)
    return len(response.data["results"])


def _selected(*, mine: bool = False, anonymous: bool = False) -> int:
    """The list of the gallery, which asks the selector."""
    from accounts.models import User
    from content.lists import Wanted, newest

    viewer = None if anonymous else User(pk=1, username="caller")
    return len(newest(viewer=viewer, wanted=Wanted(mine=mine)).rows)


def _compared(databases: _Databases, name: str, page: Callable[[], int], rows: int) -> Figure:
    shown = {}
    for size in ("small", "large"):
        databases.use(size)
        shown[size] = page()
    _, peer, ratio = paired(
        lambda: databases.seconds("large", page), lambda: databases.seconds("small", page), rounds=ROUNDS
    )
    return Figure(
        "11",
        f"{databases.vendor}, {name}: page among {rows:,} rows ÷ {SMALL:,}",
        ratio * peer,
        peer,
        "s",
        TARGET,
        note=f"{shown['large']} rows; {shown['small']} rows" if len(set(shown.values())) > 1 else "",
    )


def _far(databases: _Databases, rows: int) -> Iterator[Figure]:
    from benchmarks.registry_rows import row_before_page
    from content.lists import cursor_behind

    databases.use("large")
    page_number = min(FAR_PAGE, rows // 2 // PAGE_ROWS)
    cursor = cursor_behind(row_before_page(page_number, rows))
    for name, query in (("mine and public", {}), ("kind", {"kind": "image"}), ("a word", {"q": "red"})):
        first, far = partial(_page, query), partial(_page, {**query, "cursor": cursor})
        if (first(), far()) != (PAGE_ROWS, PAGE_ROWS):
            raise AssertionError(f"no full page: {name}")
        _, peer, ratio = paired(partial(_seconds, far), partial(_seconds, first), rounds=ROUNDS)
        yield Figure(
            "11", f"{databases.vendor}, {name}: page {page_number:,} ÷ page 1", ratio * peer, peer, "s", TARGET
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--database", choices=["sqlite", "mariadb"])
    parser.add_argument("--inside", metavar="DATABASE_URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps([asdict(figure) for figure in _figures(options.rows, options.inside)]))
        return
    databases = (options.database,) if options.database else ("sqlite", "mariadb")
    print(table(run(rows=options.rows, databases=databases)))


if __name__ == "__main__":
    main()

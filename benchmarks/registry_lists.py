"""11: a page of the registry among a thousand rows against a million, and page 10,000 against page 1.

What is timed is the answer to a request, as a client waits for it: `GET /api/v1/contents` with a key, or the gallery's
page, through all of Django (middleware, key, throttles, filters, the list, JSON or HTML), on a connection of its own to
the database, as the web process gives each request one; without the network. Its note says the ratio of the list alone
(`content.lists.newest` on a connection that stays). Ratios are medians of those of pairs, small and large in turn.

Each list fills a page of 50 in both databases, but for those of which a thousand rows have too few: they are compared
with twenty thousand rows as well, among which a page looks at as many entries as among a million. MariaDB has the
buffer pool that docs/operators.md tells operators to give it.

`python -m benchmarks.registry_lists --rows 20000 --database sqlite` is a quick trial; `--folder F` fills databases that
stay there, and uses those that do.
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
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, paired, table
from tests.support.environment import atelier_variables
from tests.support.mariadb import PrivateMariaDB, find_server
from tests.support.redis_server import PrivateRedis

SMALL, MIDDLE, LARGE = 1_000, 20_000, 1_000_000
ROUNDS, REQUESTS = 7, 3
TARGET = 1.2
PAGE_ROWS, FAR_PAGE = 50, 10_000
_ROOT = Path(__file__).resolve().parent.parent
# As docs/operators.md and docker-compose.yml have it.
_BUFFER_POOL = "256M"
_NAMES = ("small", "middle", "large")
# How a list is narrowed, such that a thousand rows fill a page.
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
    "three words": {"q": "calm harbour red"},
    "beginnings of words": {"q": "boa har"},
    "a word, kind and model": {"q": "boa", "kind": "image", "model": "model-2"},
    "a word that one row has": {"q": "lighthouse"},
}
# A thousand rows do not fill a page of these.
SCARCE: dict[str, dict[str, str]] = {
    "three words that seldom meet": {"q": "harbour red boat"},
    "words that never meet": {"q": "red green"},
}


def run(
    *, rows: int = LARGE, databases: tuple[str, ...] = ("sqlite", "mariadb"), folder: Path | None = None
) -> list[Figure]:
    """On SQLite, and on a private MariaDB where it is installed. `folder`: where filled databases stay."""
    figures = []
    for database in databases:
        if database == "mariadb" and find_server() is None:
            print("mariadbd is missing: apt-get install mariadb-server", file=sys.stderr)
            continue
        with _server(database, folder) as urls:
            figures += _measured_apart(rows, urls)
    return figures


@contextmanager
def _server(database: str, folder: Path | None) -> Iterator[list[str]]:
    """DATABASE_URLs of the small, the middle and the large database."""
    with tempfile.TemporaryDirectory(prefix="atelier-lists-") as temporary:
        place = (folder or Path(temporary)).absolute()
        if database == "sqlite":
            yield [f"sqlite:///{place}/{name}.sqlite3" for name in _NAMES]
            return
        (place / "mariadb").mkdir(parents=True, exist_ok=True)
        server = PrivateMariaDB(folder=place / "mariadb", buffer_pool=_BUFFER_POOL)
        server.start()
        try:
            yield [server.create(name) for name in _NAMES]
        finally:
            server.stop()


def _measured_apart(rows: int, urls: list[str]) -> list[Figure]:
    """In a process of its own: Django's settings are read once."""
    environment = {name: value for name, value in os.environ.items() if name not in atelier_variables()}
    with tempfile.TemporaryDirectory(prefix="atelier-lists-data-") as folder:
        redis = PrivateRedis(Path(folder))
        environment |= {
            "ATELIER_ENV_FILE": "",
            "ATELIER_DATA_DIR": folder,
            "DATABASE_URL": urls[0],
            "REDIS_URL": redis.url,
            "THROTTLE_USER": "1000000/minute",
            "THROTTLE_KEY": "1000000/minute",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "benchmarks.registry_lists", "--rows", str(rows), "--inside", *urls]
        redis.start()
        try:
            done = subprocess.run(command, cwd=_ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        finally:
            redis.kill()
    return [Figure(**figure) for figure in json.loads(done.stdout)]


# ---- inside that process ---------------------------------------------------------------------------------------------


def _figures(rows: int, urls: list[str]) -> list[Figure]:
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.registry_rows import fill
    from content.models import Content

    databases = _Databases(urls)
    counts = dict(zip(_NAMES, (SMALL, MIDDLE, rows), strict=True))
    call_command("collectstatic", interactive=False, verbosity=0)
    for name, count in counts.items():
        databases.use(name)
        started = time.perf_counter()
        call_command("migrate", verbosity=0)
        present = Content.objects.count()
        if present not in (0, count):
            raise SystemExit(f"The database {name} has {present:,} rows, not {count:,}: remove it, or name its --rows.")
        if not present:
            fill(count)
            seconds = time.perf_counter() - started
            print(f"{databases.vendor}: {count:,} rows in {seconds:.0f} s", file=sys.stderr, flush=True)
        databases.admit(name)
    figures = []
    compared = (_compared(databases, each, counts, peer) for each in _lists() for peer in _peers(each))
    for figure in chain(compared, _far(databases, rows)):
        print(table([figure]).splitlines()[1], file=sys.stderr, flush=True)
        figures.append(figure)
    return figures


@dataclass(frozen=True)
class _List:
    """A list: its address and, for its API, what the address is narrowed by."""

    name: str
    path: str = "/api/v1/contents"
    query: dict[str, str] = field(default_factory=dict)


def _lists() -> list[_List]:
    mine, everybody = _List("mine, the gallery's page", "/gallery"), _List("public, the page", "/gallery/public")
    return [mine, everybody, *(_List(name, query=query) for name, query in {**LISTS, **SCARCE}.items())]


def _peers(each: _List) -> tuple[str, ...]:
    return ("small", "middle") if each.name in SCARCE else ("small",)


class _Databases:
    """Django's connection, to one of the databases, and for each a client that it knows."""

    def __init__(self, urls: list[str]) -> None:
        import environ
        from django.db import connection

        self._connection = connection
        self._names = {name: environ.Env.db_url_config(url)["NAME"] for name, url in zip(_NAMES, urls, strict=True)}
        self._clients: dict[str, Any] = {}
        self._name = "small"
        self.vendor = {"sqlite": "SQLite", "mysql": "MariaDB"}[connection.vendor]

    def use(self, name: str) -> None:
        """The next query goes to this one."""
        self._connection.close()
        self._connection.settings_dict["NAME"] = self._names[name]
        self._name = name

    def admit(self, name: str) -> None:
        """Give the caller, whose half of the rows are, a key and a session there."""
        from accounts.models import User
        from benchmarks.registry_rows import CALLER
        from tests.support.clients import KeyClient

        caller = User.objects.get(pk=CALLER)
        self._clients[name] = KeyClient(caller)
        self._clients[name].force_login(caller, backend="django.contrib.auth.backends.ModelBackend")

    def request(self, each: _List) -> Any:
        """The answer to the caller, on a connection that is opened and closed for it."""
        answer = self._clients[self._name].get(each.path, each.query)
        self._connection.close()
        if answer.status_code != 200:
            raise AssertionError(answer.content)
        return answer

    def shown(self, each: _List) -> int:
        """How many rows the page has."""
        answer = self.request(each)
        text: str = answer.content.decode()
        return text.count('class="tile-link"') if each.path.startswith("/gallery") else len(answer.json()["results"])

    def seconds(self, name: str, each: _List, call: Callable[[_List], Any]) -> float:
        """Of a page, warm: the median of some calls."""
        self.use(name)
        call(each)
        return _seconds(lambda: call(each))


def _seconds(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return median(times)


def _select(each: _List) -> Any:
    """The list alone."""
    from accounts.models import User
    from benchmarks.registry_rows import CALLER
    from content.filters import wanted_in
    from content.lists import Wanted, newest

    viewer = None if each.path == "/gallery/public" else User(pk=CALLER, username="caller")
    return newest(viewer=viewer, wanted=Wanted(mine=True) if each.path == "/gallery" else wanted_in(each.query))


def _compared(databases: _Databases, each: _List, counts: dict[str, int], peer_name: str) -> Figure:
    shown = {}
    for size in (peer_name, "large"):
        databases.use(size)
        shown[size] = databases.shown(each)

    def ratio_of(call: Callable[[_List], Any]) -> tuple[float, float, float]:
        return paired(
            lambda: databases.seconds("large", each, call),
            lambda: databases.seconds(peer_name, each, call),
            rounds=ROUNDS,
        )

    _, peer, ratio = ratio_of(databases.request)
    notes = [f"the list alone {ratio_of(_select)[2]:.2f}"]
    if len(set(shown.values())) > 1:
        notes.insert(0, f"{shown['large']} rows; {shown[peer_name]} rows")
    name = f"{databases.vendor}, {each.name}: page among {counts['large']:,} rows ÷ {counts[peer_name]:,}"
    return Figure("11", name, ratio * peer, peer, "s", TARGET, note="; ".join(notes))


def _far(databases: _Databases, rows: int) -> Iterator[Figure]:
    from benchmarks.registry_rows import row_before_page
    from content.lists import cursor_behind

    databases.use("large")
    page_number = min(FAR_PAGE, rows // 2 // PAGE_ROWS)
    cursor = cursor_behind(row_before_page(page_number, rows))
    for name, query in (("mine and public", {}), ("kind", {"kind": "image"}), ("a word", {"q": "red"})):
        first, far = _List(name, query=query), _List(name, query={**query, "cursor": cursor})
        if (databases.shown(first), databases.shown(far)) != (PAGE_ROWS, PAGE_ROWS):
            raise AssertionError(f"no full page: {name}")
        _, peer, ratio = paired(
            partial(_seconds, partial(databases.request, far)),
            partial(_seconds, partial(databases.request, first)),
            rounds=ROUNDS,
        )
        yield Figure(
            "11", f"{databases.vendor}, {name}: page {page_number:,} ÷ page 1", ratio * peer, peer, "s", TARGET
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--database", choices=["sqlite", "mariadb"])
    parser.add_argument("--folder", type=Path, help="where filled databases stay")
    parser.add_argument("--inside", nargs=3, metavar="DATABASE_URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps([asdict(figure) for figure in _figures(options.rows, options.inside)]))
        return
    databases = (options.database,) if options.database else ("sqlite", "mariadb")
    print(table(run(rows=options.rows, databases=databases, folder=options.folder)))


if __name__ == "__main__":
    main()

"""A private MariaDB server for tests: its own folder, a unix socket, no network, and it ends with the test session."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.children import die_with_parent

_SECONDS_TO_START = 300
_SECONDS_TO_STOP = 30
# As docs/operators.md tells operators to make theirs.
_COLLATION = "utf8mb4_unicode_520_ci"


def find_server() -> str | None:
    """The path of `mariadbd`, or None where it is not installed (Debian: mariadb-server)."""
    return shutil.which("mariadbd") or next((path for path in ("/usr/sbin/mariadbd",) if os.path.exists(path)), None)


class PrivateMariaDB:
    """One server in a temporary folder, not running yet: `url()` is its DATABASE_URL, known before it starts.

    `start()` and `halt()` as often as wanted (the data stays), `stop()` at the end. `folder`: where the data stays
    after that, too, for another server. `buffer_pool`: memory for pages, as MariaDB writes sizes.
    """

    def __init__(self, *, folder: Path | None = None, buffer_pool: str = "64M") -> None:
        self._stays = folder is not None
        # A short folder: a unix socket's path may have 107 bytes.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="atelier-mariadb-"))
        self._buffer_pool = buffer_pool
        self.socket = self.folder / "db.sock"
        self._process: subprocess.Popen[bytes] | None = None

    # ---- Its life ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Install where that was not done, run, and wait until it answers. Raises `RuntimeError` with its log."""
        server = find_server()
        if server is None:
            raise RuntimeError("mariadbd is missing: apt-get install mariadb-server")
        user = ["--user=root"] if os.getuid() == 0 else []
        try:
            if not (self.folder / "data").exists():
                self._install(user)
            self._process = subprocess.Popen(
                [
                    server,
                    "--no-defaults",
                    *user,
                    f"--datadir={self.folder / 'data'}",
                    f"--socket={self.socket}",
                    # Its own: a server that starts removes the temporary tables that lie in a shared one.
                    f"--tmpdir={self.folder}",
                    f"--pid-file={self.folder / 'db.pid'}",
                    f"--log-error={self.folder / 'db.log'}",
                    "--skip-networking",
                    "--skip-grant-tables",
                    "--character-set-server=utf8mb4",
                    f"--collation-server={_COLLATION}",
                    # What was committed survives the server's `kill -9`; the machine's disk may be slow.
                    "--innodb-flush-log-at-trx-commit=2",
                    "--innodb-flush-method=nosync",
                    "--innodb-doublewrite=OFF",
                    f"--innodb-buffer-pool-size={self._buffer_pool}",
                    "--performance-schema=OFF",
                    "--max-connections=300",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),
            )
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise

    def halt(self, *, kill: bool = False) -> None:
        """End the server, by `kill -9` where told to; its data stays."""
        if self._process is None or self._process.poll() is not None:
            return
        if not kill:
            self._process.terminate()
            try:
                self._process.wait(timeout=_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                kill = True
        if kill:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End the server and remove its folder, unless that was given. May be called twice."""
        self.halt()
        if not self._stays:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _install(self, user: list[str]) -> None:
        done = subprocess.run(
            [
                "mariadb-install-db",
                "--no-defaults",
                *user,
                f"--datadir={self.folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        import MySQLdb

        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                self.execute("CREATE DATABASE IF NOT EXISTS atelier")
            except MySQLdb.OperationalError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    log = self.folder / "db.log"
                    raise RuntimeError(
                        f"mariadbd did not start: {log.read_text()[-2000:] if log.exists() else ''}"
                    ) from error
                time.sleep(0.05)
            else:
                return

    # ---- Its databases ----------------------------------------------------------------------------------------

    def url(self, database: str = "atelier") -> str:
        """The DATABASE_URL of `database` (`atelier` exists; pytest-django makes its own `test_…`)."""
        return f"mysql://root@/{database}?unix_socket={self.socket}"

    def create(self, database: str, *, collation: str = _COLLATION) -> str:
        """Make an empty database where there is none and return its DATABASE_URL."""
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4 COLLATE {collation}")
        return self.url(database)

    def exists(self, database: str) -> bool:
        """Whether there is such a database."""
        return bool(self.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", database))

    def drop(self, database: str) -> None:
        """Remove a database."""
        self.execute(f"DROP DATABASE IF EXISTS `{database}`")

    def execute(self, statement: str, *values: object, database: str = "") -> list[tuple[Any, ...]]:
        """Run one statement (`%s` for each value) in a connection of its own; the rows, where it gives some."""
        return execute_at(self.url(database), statement, *values)

    def dump(self, database: str) -> bytes:
        """A database with all its rows, for `load`."""
        return self._client("mariadb-dump", database).stdout

    def load(self, database: str, dumped: bytes) -> None:
        """Make a database as another was dumped: much quicker than to migrate it."""
        self.create(database)
        self._client("mariadb", database, given=dumped)

    def _client(self, program: str, database: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        command = [program, "--no-defaults", f"--socket={self.socket}", "--user=root", database]
        return subprocess.run(command, input=given, capture_output=True, check=True)


def execute_at(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement (`%s` for each value) in the database of a DATABASE_URL that `PrivateMariaDB` gave."""
    import MySQLdb

    parts = urlsplit(url)
    connection = MySQLdb.connect(
        unix_socket=parse_qs(parts.query)["unix_socket"][0],
        user="root",
        db=parts.path.removeprefix("/"),
        charset="utf8mb4",
        autocommit=True,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return [tuple(row) for row in cursor.fetchall()]
    finally:
        connection.close()


# ---- The server that this test process uses for everything ----------------------------------------------------------

_under_test: PrivateMariaDB | None = None


def use_for_all_tests() -> PrivateMariaDB:
    """Make the server that tests, and Ateliers that tests start, keep their rows in. It does not run yet."""
    global _under_test
    _under_test = PrivateMariaDB()
    return _under_test


def under_test() -> PrivateMariaDB | None:
    """The server that the tests run on; None: they run on SQLite."""
    return _under_test

"""A private MariaDB server for tests: its own folder, a unix socket, no network, and it ends with the test session."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.children import die_with_parent

_SECONDS_TO_START = 60


def find_server() -> str | None:
    """The path of `mariadbd`, or None where it is not installed (Debian: mariadb-server)."""
    return shutil.which("mariadbd") or next((path for path in ("/usr/sbin/mariadbd",) if os.path.exists(path)), None)


class PrivateMariaDB:
    """One server in a temporary folder. `url()` is a DATABASE_URL; `stop()` ends it and removes the folder."""

    def __init__(self) -> None:
        server = find_server()
        if server is None:
            raise RuntimeError("mariadbd is missing: apt-get install mariadb-server")
        # A short folder: a unix socket's path may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="atelier-mariadb-"))
        self.socket = self.folder / "db.sock"
        user = ["--user=root"] if os.getuid() == 0 else []
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._install(user)
            self._process = subprocess.Popen(
                [
                    server,
                    "--no-defaults",
                    *user,
                    f"--datadir={self.folder / 'data'}",
                    f"--socket={self.socket}",
                    f"--pid-file={self.folder / 'db.pid'}",
                    f"--log-error={self.folder / 'db.log'}",
                    "--skip-networking",
                    "--skip-grant-tables",
                    "--character-set-server=utf8mb4",
                    "--innodb-flush-log-at-trx-commit=0",
                    "--innodb-buffer-pool-size=64M",
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
                connection = MySQLdb.connect(unix_socket=str(self.socket), user="root")
            except MySQLdb.OperationalError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    log = self.folder / "db.log"
                    raise RuntimeError(
                        f"mariadbd did not start: {log.read_text()[-2000:] if log.exists() else ''}"
                    ) from error
                time.sleep(0.05)
                continue
            connection.query("CREATE DATABASE IF NOT EXISTS atelier CHARACTER SET utf8mb4")
            connection.close()
            return

    def url(self, database: str = "atelier") -> str:
        """The DATABASE_URL of `database` (`atelier` exists; pytest-django makes its own `test_…`)."""
        return f"mysql://root@/{database}?unix_socket={self.socket}"

    def create(self, database: str) -> str:
        """Make an empty database and return its DATABASE_URL."""
        import MySQLdb

        connection = MySQLdb.connect(unix_socket=str(self.socket), user="root")
        connection.query(f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4")
        connection.close()
        return self.url(database)

    def stop(self) -> None:
        """End the server and remove its folder. May be called twice."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

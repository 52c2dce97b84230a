"""A whole Atelier as an operator has it: `manage.py start`, real processes, a private data folder, a free port."""

import atexit
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from tests.support import databases
from tests.support.children import die_with_parent
from tests.support.environment import atelier_variables

ROOT = Path(__file__).resolve().parents[2]
# Where others share the cores and the disk, as on CI, all takes longer; a wait that is over early costs nothing.
PATIENCE = 5.0 if os.environ.get("CI") else 1.0
# Of a free machine.
_SECONDS_TO_READY = 300.0
_SECONDS_TO_STOP = 60.0
SECONDS_OF_A_TEST = 2400.0
# Whether the test that runs has the mark `processes`, by which it is found for each database.
permitted = True


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], *, seconds: float, what: str = "it", every: float = 0.05) -> None:
    """Return once `condition()` is true; raise `TimeoutError` naming `what` after `seconds` times `PATIENCE`.

    The error also says how busy the machine is.
    """
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s; {state_of_machine()}")
        time.sleep(every)


def state_of_machine() -> str:
    """Load, free memory and disk, and how much of the time something waited for each, where the kernel tells."""
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(tempfile.gettempdir())
    pressures = sorted(Path("/proc/pressure").glob("*"))
    waits = [f"{path.name}: {path.read_text().splitlines()[0]}" for path in pressures]
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"load {load}, {memory.available >> 20} MiB of memory and {disk.free >> 20} MiB of disk free, {waits}"


class RunningAtelier:
    """`manage.py start` and its children.

    Use it as a context manager, or call `start()` and `stop()`. `environment` adds variables (`JOB_STALE_SECONDS`, …);
    whatever Atelier's settings read is taken out of the environment first. The database is the data folder's of
    `tests.support.databases` unless `environment` names another. `data_dir` is kept when given, else made and removed.

        with RunningAtelier(environment={"WORKERS": "2"}) as atelier:
            key = atelier.create_key("ada")
            httpx.post(atelier.base_url + "/api/v1/jobs", headers=atelier.headers(key), json=…)
    """

    def __init__(
        self, *, environment: Mapping[str, str] | None = None, data_dir: Path | None = None, port: int | None = None
    ) -> None:
        self._own_folder = None if data_dir else Path(tempfile.mkdtemp(prefix="atelier-run-"))
        self.data_dir = data_dir or self._own_folder or Path()
        self._own_database = "DATABASE_URL" not in (environment or {})
        if self._own_database:
            databases.make_empty(self.data_dir)
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in atelier_variables()},
            "ATELIER_ENV_FILE": "",
            "ATELIER_DATA_DIR": str(self.data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "HF_HUB_OFFLINE": "1",
            "PYTHONUNBUFFERED": "1",
            **(databases.variables_of(self.data_dir) if self._own_database else {}),
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[str] = []
        self._reader: threading.Thread | None = None
        self._prepared = False

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- Starting and stopping --------------------------------------------------------------------------------

    def start(self, *, wait: bool = True) -> Self:
        """Prepare the first time, start, and wait until `/health/ready` answers 200 unless told not to."""
        if not permitted:
            raise RuntimeError("A test that starts Atelier has the mark `processes`.")
        if not self._prepared:
            self._prepare()
            self._prepared = True
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "start"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(),
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        if wait:
            self.wait_ready()
        return self

    def _prepare(self) -> None:
        """As `make run` does, from a copy where the settings do not matter to it: static files take seconds."""
        template = _prepared_folder()
        shutil.copytree(template / "static", self.data_dir / "static", dirs_exist_ok=True)
        shutil.copy2(template / "static.sha256", self.data_dir)
        if not self._own_database or "MODEL_PROFILE" in self.environment or databases.is_there(self.data_dir):
            self.manage("prepare")
        else:
            databases.copy(template, self.data_dir)

    def wait_ready(self, seconds: float = _SECONDS_TO_READY) -> None:
        """Wait until a job would be done; raise with the log where that does not come."""
        try:
            wait_until(self.is_ready, seconds=seconds, what="readiness", every=0.25)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log:\n{self.log()}") from None

    def is_ready(self) -> bool:
        """Whether `/health/ready` answers 200. Raises where `start` has ended."""
        return self._is_well("/health/ready")

    def is_answering(self) -> bool:
        """Whether the web process is there, whatever else is. Raises where `start` has ended."""
        return self._is_well("/health")

    def _is_well(self, path: str) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"`manage.py start` ended; the log:\n{self.log()}")
        try:
            return httpx.get(f"{self.base_url}{path}", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = _SECONDS_TO_STOP) -> int:
        """Send the signal and wait. Returns the exit code, negative for a signal. The data folder stays."""
        if self._process is None:
            raise RuntimeError("it was not started")
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            code = self._process.wait(timeout=seconds * PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{error}; {state_of_machine()}; the log:\n{self.log()[-4000:]}") from None
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        if self._reader is not None:
            self._reader.join(timeout=5)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def close(self) -> None:
        """Stop where it runs, and remove the data folder where it was made here."""
        if self._process is not None:
            self.stop()
        if self._own_folder is not None:
            if self._own_database:
                databases.remove(self.data_dir)
            shutil.rmtree(self._own_folder, ignore_errors=True)

    # ---- Looking ----------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The process of `manage.py start`."""
        if self._process is None:
            raise RuntimeError("it was not started")
        return self._process.pid

    def children(self) -> dict[str, int]:
        """The process ids of the running children by name: `redis`, `web`, `housekeeper`, `worker-1`, …"""
        names = {}
        for child in psutil.Process(self.pid).children():
            try:
                arguments = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if name := _name_of(arguments):
                names[name] = child.pid
        return names

    def worker_pids(self) -> list[int]:
        """The process ids of the inference workers."""
        return [pid for name, pid in sorted(self.children().items()) if name.startswith("worker-")]

    def log(self) -> str:
        """Everything printed so far, by `start` and its children."""
        return "\n".join(self._lines)

    def wait_for_log(self, pattern: str, *, seconds: float = 30) -> str:
        """Wait until a line matches `pattern` (a regular expression) and return that line."""

        def find() -> str | None:
            return next((line for line in list(self._lines) if re.search(pattern, line)), None)

        try:
            wait_until(find, seconds=seconds, what=f"a log line like {pattern!r}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log:\n{self.log()}") from None
        return find() or ""

    # ---- Using ------------------------------------------------------------------------------------------------

    def manage(self, *arguments: str, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run another management command with the same settings."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check and done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What `query` (`?` for each value) finds in the database."""
        return databases.rows(self.data_dir, query, *values, url=self.environment.get("DATABASE_URL"))

    def create_user(self, username: str, password: str = "a-long-passphrase-9") -> None:
        """Make an ordinary account that can sign in."""
        code = (
            "from accounts.models import User; "
            f"User.objects.create_user({username!r}, {username + '@example.org'!r}, {password!r})"
        )
        self.manage("shell", "--no-imports", "-c", code)

    def create_key(self, username: str, *scopes: str) -> str:
        """Make an API key of the account, and the account where it is missing. Default scopes: read, generate."""
        arguments = [part for scope in scopes for part in ("--scope", scope)]
        done = self.manage("apikey", "create", username, "--name", "tests", *arguments, check=False)
        if done.returncode:
            self.create_user(username)
            done = self.manage("apikey", "create", username, "--name", "tests", *arguments)
        return done.stdout.strip()

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        """The header that carries a key."""
        return {"Authorization": f"Bearer {key}"}

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line.decode(errors="replace").rstrip())


@functools.cache
def _prepared_folder() -> Path:
    """A data folder in which `manage.py prepare` has run and nothing else; removed with this process."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    RunningAtelier(data_dir=folder).manage("prepare")
    return folder


def _name_of(arguments: list[str]) -> str | None:
    """Which child a command line belongs to; None for what is none of ours."""
    if arguments and "redis-server" in arguments[0]:
        return "redis"
    if "worker" in arguments and "--name" in arguments:
        return arguments[arguments.index("--name") + 1].partition("@")[0]
    return next((name for name in ("web", "housekeeper") if name in arguments), None)

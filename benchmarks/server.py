"""Running Ateliers for the benchmarks: a whole one, or its web process alone."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil
import redis

from common.embedded_redis import socket_path
from tests.support.children import die_with_parent
from tests.support.processes import ROOT, RunningAtelier, free_port, wait_until

_USER = "benchmark"


class Server(RunningAtelier):
    """A whole Atelier that is ready, with one user's key."""

    def start(self, *, wait: bool = True) -> Self:
        super().start(wait=wait)
        self._key = self.create_key(_USER, "read", "generate", "manage")
        return self

    def key_headers(self) -> dict[str, str]:
        """The header that carries the user's key."""
        return self.headers(self._key)


class WebProcess:
    """`manage.py web` with a Redis of its own and no worker."""

    def __init__(self, *, environment: dict[str, str] | None = None) -> None:
        self._atelier = RunningAtelier(environment={"WORKERS": "0", **(environment or {})})

    def __enter__(self) -> Self:
        self._atelier.start(wait=False)
        wait_until(self._answers, seconds=60, what="the first answer")
        self._key = self._atelier.create_key(_USER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._atelier.close()

    @property
    def url(self) -> str:
        return self._atelier.base_url

    @property
    def pid(self) -> int:
        return self._atelier.children()["web"]

    def headers(self) -> dict[str, str]:
        """The header that carries the user's key."""
        return self._atelier.headers(self._key)

    def resident_bytes(self) -> int:
        """Resident memory of the web process."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def has_mapped(self, library: str) -> bool:
        """Whether a library of that name is loaded."""
        return library in Path(f"/proc/{self.pid}/maps").read_text()

    def database_connections(self) -> int:
        """How many connections to the SQLite database the process holds open."""
        files = [Path(file.path).name for file in psutil.Process(self.pid).open_files()]
        return files.count("atelier.sqlite3")

    def redis(self) -> redis.Redis:
        """A client of its Redis."""
        return redis.Redis(unix_socket_path=str(socket_path(self._atelier.data_dir)))

    def queued_jobs(self) -> int:
        """How many jobs wait, read from the rows."""
        with closing(sqlite3.connect(self._atelier.data_dir / "atelier.sqlite3", timeout=20)) as database:
            found = database.execute("SELECT COUNT(*) FROM generation_job WHERE status = 'queued'").fetchone()
        return int(found[0])

    def cancel_all(self) -> None:
        """End every job, as an administrator could."""
        code = (
            "from generation.models import Job; from generation.services import cancel\n"
            "for job in Job.objects.filter(status='queued').select_related('owner'): cancel(job=job)"
        )
        self._atelier.manage("shell", "--no-imports", "-c", code, timeout=300)

    def restart_seconds(self) -> float:
        """Wall time from starting `manage.py web` alone, on another port, to its first answer."""
        port = free_port()
        environment = {**self._atelier.environment, "PORT": str(port)}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "web"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
        try:
            wait_until(lambda: _answers(f"http://127.0.0.1:{port}"), seconds=60, what="the first answer")
            return time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(timeout=30)

    def _answers(self) -> bool:
        return _answers(self.url)


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/health", timeout=10)
    except httpx.TransportError:
        return False
    return True

"""What `manage.py start` runs: the embedded Redis, the web process, the inference workers, the housekeeper."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

from common.embedded_redis import prepare_folder, server_command, socket_path
from generation.presence import withdraw, withdraw_housekeeper
from generation.services import release_worker
from operations.alive import served_name
from operations.errors import CannotStart
from operations.supervisor import Program

WORKER_QUEUES = "gpu,cpu"
_REDIS_SECONDS = 10.0
# Requests run in many threads. By default glibc gives each a heap of its own and keeps what large bodies took: a web
# process that had served a while was a sixth larger than with these two (mallopt(3)).
_SMALL_HEAP = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}


def all_programs() -> list[Program]:
    """The programs in the order of their start. Raises `CannotStart` where the embedded Redis cannot run here."""
    programs = []
    if settings.EMBEDDED_REDIS:
        programs.append(_embedded_redis())
    programs.append(Program(name="web", command=_manage("web"), environment=_SMALL_HEAP, rank=0, stop_seconds=8))
    programs.append(_housekeeper())
    programs += [_worker(index) for index in range(1, settings.WORKERS + 1)]
    return programs


def worker_name(index: int) -> str:
    """The name under which worker `index` of this run claims jobs: no two runs, on any hosts, share it."""
    return f"worker-{index}@{socket.gethostname()}:{os.getpid()}"


def housekeeper_name() -> str:
    """The name under which this run's housekeeper claims jobs of providers."""
    return f"housekeeper@{socket.gethostname()}:{os.getpid()}"


def release_earlier_run() -> None:
    """Give back what the workers of an earlier run held, then write down this run's names.

    Call under the lock of the data folder: whoever started those workers is gone, and they went with it.
    """
    path = settings.DATA_DIR / "workers"
    if path.exists():
        for name in path.read_text().split():
            release_worker(worker=name)
    names = [housekeeper_name(), *(worker_name(index) for index in range(1, settings.WORKERS + 1))]
    path.write_text("".join(f"{name}\n" for name in names))


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, "-u", str(settings.BASE_DIR / "manage.py"), *arguments]


def _housekeeper() -> Program:
    name = housekeeper_name()
    # A webhook under way takes at most 10 s.
    return Program(
        name="housekeeper",
        command=_manage("housekeeper", "--name", name),
        rank=1,
        stop_seconds=15,
        after_death=_give_back(name),
    )


def _worker(index: int) -> Program:
    name = worker_name(index)
    return Program(
        name=f"worker-{index}",
        command=_manage("worker", "--queues", WORKER_QUEUES, "--name", name),
        rank=1,
        # The worker gives its jobs back within 10 s.
        stop_seconds=15,
        after_death=_give_back(name),
    )


def _give_back(name: str) -> Callable[[], Awaitable[None]]:
    """What to do once the process that claimed jobs as `name` is gone."""

    async def give_back() -> None:
        await sync_to_async(_release, thread_sensitive=False)(name)

    return give_back


def _release(name: str) -> None:
    withdraw(name)
    withdraw_housekeeper(name)
    try:
        release_worker(worker=name)
    finally:
        # This thread may not come again.
        connections.close_all()


def _embedded_redis() -> Program:
    path = socket_path(settings.DATA_DIR)
    try:
        prepare_folder(path)
        command = server_command(path)
    except OSError as error:
        raise CannotStart(f"The embedded Redis cannot run: {error}.") from error

    async def answers() -> None:
        await sync_to_async(_wait_for_redis, thread_sensitive=False)(path)

    return Program(name="redis", command=command, rank=2, stop_seconds=5, until_ready=answers)


def _wait_for_redis(path: Path) -> None:
    deadline = time.monotonic() + _REDIS_SECONDS
    with redis.Redis(unix_socket_path=str(path), socket_timeout=1) as client:
        while time.monotonic() < deadline:
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                return


async def until_answered(url_host: str, port: int, path: str) -> bool:
    """Whether `path` answers 200 over plain HTTP right now."""
    try:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(url_host, port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {served_name(url_host)}\r\n\r\n".encode())
                return (await reader.readline()).split()[1:2] == [b"200"]
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False

"""`manage.py start`: all of Atelier on this host as one foreground program."""

import asyncio
import errno
import os
import socket
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as DatabaseError

from accounts.first_admin import setup_link
from common.errors import AtelierError
from generation.checkpoints import synchronise
from operations.console import Console
from operations.data_lock import data_lock
from operations.doctor_models import broken_models
from operations.errors import CannotStart
from operations.programs import all_programs, release_earlier_run, until_answered
from operations.supervisor import OURSELVES, Supervisor

_LOOK_SECONDS = 0.25


class Command(BaseCommand):
    help = "Run the web process, the workers, the housekeeper and, unless REDIS_URL is set, a private Redis."
    # The check of the migrations says it better, and system checks cost half a second.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with data_lock(settings.DATA_DIR):
                check_port(settings.HOST, settings.PORT)
                check_migrations()
                # MODEL_PROFILE may be another one than when the tables were prepared.
                synchronise()
                release_earlier_run()
                asyncio.run(self._supervise())
        except AtelierError as error:
            raise CommandError(error.message) from error

    async def _supervise(self) -> None:
        programs = await asyncio.to_thread(all_programs)
        console = Console(width=max(len(name) for name in (OURSELVES, *(program.name for program in programs))))
        supervisor = Supervisor(programs, console)
        supervisor.say(f"Starting Atelier with data in {settings.DATA_DIR} (process {os.getpid()}).")
        link = await asyncio.to_thread(setup_link, base_url())
        telling = asyncio.create_task(_tell_when_ready(supervisor, link))
        looking = asyncio.create_task(_tell_of_broken_models(supervisor))
        try:
            await supervisor.run()
        finally:
            telling.cancel()
            looking.cancel()
        supervisor.say("Stopped.")


async def _tell_when_ready(supervisor: Supervisor, link: str | None) -> None:
    started = time.monotonic()
    host = _connectable(settings.HOST)
    while not await until_answered(host, settings.PORT, "/health"):
        await asyncio.sleep(_LOOK_SECONDS)
    if link:
        supervisor.say(f"There is no administrator yet. Make one at {link}")
    supervisor.say(f"The page is at {base_url()}; models are loading.")
    while not await until_answered(host, settings.PORT, "/health/ready"):
        await asyncio.sleep(_LOOK_SECONDS)
    supervisor.say(f"Ready after {time.monotonic() - started:.1f} s. Press Ctrl-C to stop.")


async def _tell_of_broken_models(supervisor: Supervisor) -> None:
    """What a model's jobs will say, now: the other models work, so nothing has to stop."""
    for sentence in await asyncio.to_thread(_look_at_models):
        supervisor.say(sentence)


def _look_at_models() -> list[str]:
    try:
        return broken_models()
    finally:
        # This thread may not come again.
        connections.close_all()


def check_port(host: str, port: int) -> None:
    """Raise `CannotStart` where nobody could listen on `host`:`port`."""
    try:
        candidates = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotStart(f"HOST is {host!r}, which is no address of this machine: {error.strerror}.") from error
    family, kind, protocol, _, address = candidates[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CannotStart(_why_not(host, port, error)) from error


def check_migrations() -> None:
    """Raise `CannotStart` where the database is away or its tables are not those of this version."""
    missing = missing_migrations()
    if missing:
        database = settings.DATABASES[DEFAULT_DB_ALIAS]["NAME"]
        raise CannotStart(f"The database {database} lacks {missing} migrations: run `python manage.py prepare`.")


def missing_migrations() -> int:
    """How many migrations the database lacks. Raises `CannotStart` where it cannot be asked."""
    try:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        raise CannotStart(f"The database cannot be used ({error}): check DATABASE_URL.") from error


def base_url() -> str:
    """Where people open the page: `PUBLIC_URL`, or this machine's address without a slash at the end."""
    return settings.PUBLIC_URL or f"http://{_connectable(settings.HOST, in_url=True)}:{settings.PORT}"


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: stop the program that has it, or set PORT to another one."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: set PORT to one above 1023."
    return f"Nobody can listen on {host} port {port} ({error.strerror}): check HOST and PORT."


def _connectable(host: str, *, in_url: bool = False) -> str:
    """An address under which this machine reaches a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]" if in_url and ":" in host else host

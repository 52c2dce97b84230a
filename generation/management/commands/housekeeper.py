"""`manage.py housekeeper`: what must go on beside the engines, without torch."""

import logging
import os
import signal
import socket
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from content.ipfs.census import COUNT_SECONDS, count_pins
from content.ipfs.dispatch import PinDispatcher
from content.storage.collector import collect
from generation.personal.fetching import fetch_until
from generation.personal.files import sweep
from generation.presence import ANNOUNCE_SECONDS, announce_housekeeper, withdraw_housekeeper
from generation.reaper import reap
from generation.remote.dispatch import RemoteDispatcher
from generation.webhooks.dispatch import Dispatcher

logger = logging.getLogger(__name__)

_REAP_SECONDS = 1.0
_COLLECT_SECONDS = 300.0
# Each look at a bucket is a request for every thousand blocks.
_COLLECT_FROM_BUCKET_SECONDS = 3600.0
_FORGET_SECONDS = 3600.0


class Command(BaseCommand):
    help = "Bring back jobs of dead workers, send webhooks, pin, run jobs of providers, and collect unused blocks."
    # `manage.py check` does these; here they would only delay a restart.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default=f"housekeeper@{socket.gethostname()}:{os.getpid()}")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        # Receivers, providers and the IPFS node are slow, so each has threads of its own.
        beside = [
            threading.Thread(target=Dispatcher().run, args=(stopping,), name="webhooks"),
            threading.Thread(target=RemoteDispatcher(name=options["name"]).run, args=(stopping,), name="remote"),
            threading.Thread(target=PinDispatcher().run, args=(stopping,), name="pins"),
        ]
        for thread in beside:
            thread.start()
        # Downloads take minutes. It ends with the process: what had arrived stays, and the next start goes on there.
        threading.Thread(target=fetch_until, args=(stopping,), name="models", daemon=True).start()
        rounds: list[tuple[float, Callable[[], object]]] = [
            # Not from a thread of its own: what shall be seen is that the rounds go on.
            (ANNOUNCE_SECONDS, lambda: announce_housekeeper(options["name"])),
            (_REAP_SECONDS, reap),
            (_collect_seconds(), lambda: collect(now=timezone.now())),
            (_COLLECT_SECONDS, lambda: sweep(now=time.time())),
            (_FORGET_SECONDS, _forget_sessions),
            (COUNT_SECONDS, count_pins),
        ]
        self._do(_forget_sessions)
        self._do(count_pins)
        due = [time.monotonic() + seconds for seconds, _ in rounds]
        while not stopping.wait(0.2):
            for index, (seconds, work) in enumerate(rounds):
                if time.monotonic() >= due[index]:
                    self._do(work)
                    due[index] = time.monotonic() + seconds
        for thread in beside:
            thread.join()
        withdraw_housekeeper(options["name"])

    def _do(self, work: Callable[[], object]) -> None:
        close_old_connections()
        try:
            work()
        except redis.RedisError as error:  # `reap` warns where jobs wait for it.
            logger.debug("A housekeeping round found no Redis: %s", error)
        except Exception:  # The next round may find the database or the disk back.
            logger.exception("A housekeeping round failed")


def _collect_seconds() -> float:
    return _COLLECT_FROM_BUCKET_SECONDS if "blocks" in settings.STORAGES else _COLLECT_SECONDS


def _forget_sessions() -> None:
    """Sessions that expired: Django leaves their rows."""
    call_command("clearsessions")

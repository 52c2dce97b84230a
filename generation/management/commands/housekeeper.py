"""`manage.py housekeeper`: what must go on beside the engines, without torch."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from content.storage.collector import collect
from generation.reaper import reap

logger = logging.getLogger(__name__)

_REAP_SECONDS = 1.0
_COLLECT_SECONDS = 300.0


class Command(BaseCommand):
    help = "Bring back jobs of dead workers, wake workers, and collect blocks that nobody needs."
    # `manage.py check` does these; here they would only delay a restart.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        rounds: list[tuple[float, Callable[[], object]]] = [
            (_REAP_SECONDS, reap),
            (_COLLECT_SECONDS, lambda: collect(now=timezone.now())),
        ]
        due = [time.monotonic() + seconds for seconds, _ in rounds]
        while not stopping.wait(0.2):
            for index, (seconds, work) in enumerate(rounds):
                if time.monotonic() >= due[index]:
                    self._do(work)
                    due[index] = time.monotonic() + seconds

    def _do(self, work: Callable[[], object]) -> None:
        close_old_connections()
        try:
            work()
        except Exception:  # The next round may find the database or the disk back.
            logger.exception("A housekeeping round failed")

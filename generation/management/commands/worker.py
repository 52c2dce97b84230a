"""`manage.py worker`: an inference worker for some queues, on this host."""

import logging
import os
import socket
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.presence import WorkerInfo, announce


class Command(BaseCommand):
    help = "Run an inference worker. It takes jobs of the queues named, and keeps its models loaded."
    # `manage.py check` does these; here they would only delay a restart.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queues", default="gpu,cpu", help="comma-separated, of " + ", ".join(settings.QUEUES))
        parser.add_argument("--name", default=f"worker@{socket.gethostname()}:{os.getpid()}")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = [name.strip() for name in options["queues"].split(",") if name.strip()]
        unknown = [name for name in queues if name not in settings.QUEUES]
        if unknown or not queues:
            known = ", ".join(settings.QUEUES)
            raise CommandError(f"There is no queue {', '.join(unknown) or '(none named)'}; choose of {known}.")
        # Importing torch takes seconds: jobs may be accepted as soon as someone is on the way.
        with suppress(redis.RedisError):
            announce(WorkerInfo(name=options["name"], host=socket.gethostname(), pid=os.getpid(), queues=queues))
        from generation.worker import InferenceWorker

        InferenceWorker(name=options["name"], queues=queues).serve()
        # Everything is given back. Taking torch apart would cost seconds of the time that a stop has.
        logging.shutdown()
        os._exit(0)

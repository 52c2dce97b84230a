"""`manage.py prepare`: what must be done once before `start`, and again after an update: tables and static files."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.first_admin import setup_link
from common.errors import AtelierError
from operations.character_set import check_character_set
from operations.data_lock import data_lock
from operations.management.commands.start import base_url, missing_migrations


class Command(BaseCommand):
    help = "Bring the database's tables up to date and collect static files, where they changed."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--setup-link",
            action="store_true",
            help="where there is no administrator yet, print a one-time link to make one "
            "(`start` does so by itself; for web, worker and housekeeper as programs of their own)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # Not under a running Atelier: it serves these files from these tables.
            with data_lock(settings.DATA_DIR):
                self._migrate()
                self._collect_static_files()
                if options["setup_link"] and (link := setup_link(base_url())):
                    self.stdout.write(f"There is no administrator yet. Make one at {link}")
        except AtelierError as error:
            raise CommandError(error.message) from error

    def _migrate(self) -> None:
        missing = missing_migrations()
        if missing:
            check_character_set()
            self.stdout.write(f"Applying {missing} migrations.")
        # Without any, this still synchronises the checkpoints of the profile.
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)

    def _collect_static_files(self) -> None:
        stamp = settings.DATA_DIR / "static.sha256"
        digest = _digest_of_sources()
        if stamp.exists() and stamp.read_text() == digest and settings.STATIC_ROOT.is_dir():
            return
        self.stdout.write("Collecting static files.")
        # By their times alone, collectstatic would keep a newer copy of an older file.
        call_command("collectstatic", verbosity=0, interactive=False, clear=True, skip_checks=True)
        stamp.write_text(digest)


def _digest_of_sources() -> str:
    """Changes with any static file of any app: names, sizes, times."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()

"""`manage.py models list | download | verify`: the weights of the profile that MODEL_PROFILE chooses."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import AtelierError
from generation.weights.catalogue import Model, find_models, readable_size
from generation.weights.inspection import Inspection, State, inspect


class Command(BaseCommand):
    help = "The models of the profile (MODEL_PROFILE): what they are, download them, check every byte of them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("list", "What there is: licence, source, size, and whether it is here. Reads sizes, not contents."),
            ("download", "Fetch what is missing or damaged. Goes on where an earlier try stopped."),
            ("verify", "Read every byte and compare checksums. Ends with status 1 if anything is missing or damaged."),
        ):
            action = actions.add_parser(name, help=text, description=text)
            action.add_argument("slugs", nargs="*", metavar="SLUG", help="which models; all of them by default")
            if name == "list":
                action.add_argument("--json", action="store_true", help="the same for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = find_models(options["slugs"])
            if options["action"] == "list":
                self._list(chosen, as_json=options["json"])
            elif options["action"] == "verify":
                self._verify(chosen)
            else:
                self._download(chosen)
        except AtelierError as error:
            raise CommandError(error.message) from error
        except KeyboardInterrupt:
            again = "Stopped. The same command goes on where it stopped."
            raise CommandError(again, returncode=130) from None

    def _list(self, chosen: list[Model], *, as_json: bool) -> None:
        found = [inspect(model) for model in chosen]
        if as_json:
            self.stdout.write(json.dumps([_as_json(inspection) for inspection in found], ensure_ascii=False, indent=2))
            return
        rows = [("CAPABILITY", "MODEL", "STATE", "HERE", "TO FETCH", "LICENCE", "SOURCE"), *map(_row, found)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _verify(self, chosen: list[Model]) -> None:
        wrong = 0
        for model in chosen:
            inspection = inspect(model, read=True)
            if inspection.state is State.PRESENT:
                self.stdout.write(
                    f"ok    {model.slug}: {readable_size(inspection.stored_bytes)}, every checksum is right"
                )
            else:
                wrong += 1
                self.stdout.write(f"{inspection.state.upper()}  {inspection.problem} {model.restore}")
        if wrong:
            raise SystemExit(1)

    def _download(self, chosen: list[Model]) -> None:
        try:
            from generation.weights.download import download
        except ImportError as error:
            raise CommandError(f"{error}. Run: pip install -r requirements-models.txt") from error
        wanted = {model.folder: model for model in reversed(chosen) if model.is_downloaded}
        if not wanted:
            self.stdout.write(
                f"Nothing to download: the models of the profile {settings.MODEL_PROFILE!r} come with Atelier. "
                "For the others: MODEL_PROFILE=full .venv/bin/python manage.py models download"
            )
        failed = 0
        for model in reversed(wanted.values()):
            try:
                download(model, say=self.stdout.write)
            except AtelierError as error:
                failed += 1
                self.stderr.write(error.message)
        if failed:
            raise SystemExit(1)


def _row(inspection: Inspection) -> tuple[str, ...]:
    model = inspection.model
    to_fetch = _bytes_to_fetch(inspection)
    return (
        model.capability,
        model.slug,
        inspection.state,
        readable_size(inspection.stored_bytes),
        f"about {readable_size(to_fetch)}" if to_fetch else "–",
        model.licence,
        model.source,
    )


def _as_json(inspection: Inspection) -> dict[str, Any]:
    model = inspection.model
    return {
        "capability": model.capability,
        "slug": model.slug,
        "family": model.family,
        "licence": model.licence,
        "source": model.source,
        "folder": str(model.folder),
        "revision": model.revision or inspection.revision,
        "state": inspection.state,
        "problem": inspection.problem,
        "stored_bytes": inspection.stored_bytes,
        "bytes_to_fetch": _bytes_to_fetch(inspection),
    }


def _bytes_to_fetch(inspection: Inspection) -> int:
    """About as many as the profile says that the download has, without those that are here."""
    if inspection.state is State.PRESENT:
        return 0
    return max(0, inspection.model.download_bytes - inspection.stored_bytes)

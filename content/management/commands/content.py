"""`manage.py content import | check | move`: archives, whether rows and blocks agree, another storage."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from common.errors import AtelierError
from content.checking import Finding, Trouble, check
from content.library.importing import import_archive
from content.moving import Outcome, copy_blocks
from content.storage.blocks import block_store, disk_store

_REPORT_EVERY = 1000

_SENTENCES = {
    Trouble.MISSING: "block {block} of {content} is missing: put the block back, import an archive that has it, or "
    "delete the content",
    Trouble.DAMAGED: "block {block} of {content} is damaged: put the block back, import an archive that has it, or "
    "delete the content",
    Trouble.ORPHAN: "block {block} belongs to no content",
    Trouble.UNLISTED: "the blocks of {content} are not listed: the gateway does not give them out one by one",
}
_REPAIRS = {Trouble.ORPHAN: "removed", Trouble.UNLISTED: "listed now"}


class Command(BaseCommand):
    help = "Imports CAR archives, checks that rows and stored blocks agree, and moves blocks to another storage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        importing = actions.add_parser(
            "import", help="takes in the library of another Atelier, or the files of any CAR archive"
        )
        importing.add_argument("file", type=Path, metavar="FILE.car")
        importing.add_argument("--owner", metavar="NAME", help="default: the account that the archive names")
        checking = actions.add_parser("check", help="status 1 if something is wrong and was not repaired")
        checking.add_argument(
            "--repair", action="store_true", help="removes blocks without rows, lists blocks anew; never removes rows"
        )

        moving = actions.add_parser("move", help="copies every block to another storage; goes on where it stopped")
        moving.add_argument("--to", choices=("s3", "disk"), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"import": self.take_in, "check": self.look, "move": self.move}[options["action"]](options)
        except AtelierError as error:
            raise CommandError(error.message) from error

    def take_in(self, options: dict[str, Any]) -> None:
        name = options["owner"]
        owner = User.objects.filter(username=name).first() if name else None
        if name and owner is None:
            raise CommandError(f"There is no account named {name!r}.")
        done = import_archive(path=options["file"], owner=owner)
        self.stdout.write(f"{done.new} new in the library of {done.owner.username}, {done.present} there already")
        if done.unknown:
            self.stdout.write(f"{done.unknown} left out: no picture (png, jpeg, webp), sound (wav) or text")
        if done.taken_down:
            self.stdout.write(f"{done.taken_down} left out: taken down here")

    def look(self, options: dict[str, Any]) -> None:
        found = wrong = 0
        for finding in check(now=timezone.now(), repair=options["repair"]):
            found += 1
            wrong += not finding.repaired
            self.stdout.write(_line(finding))
        self.stdout.write(f"{found} found, {wrong} left" if found else "sound")
        if wrong:
            raise SystemExit(1)

    def move(self, options: dict[str, Any]) -> None:
        if "blocks" not in settings.STORAGES:
            raise CommandError("Set S3_BUCKET, and what else the bucket needs: docs/operators.md.")
        stores = (disk_store(), block_store())
        source, target = stores if options["to"] == "s3" else stores[::-1]
        counts: Counter[Outcome] = Counter()
        for cid, outcome in copy_blocks(source=source, target=target):
            counts[outcome] += 1
            if outcome is Outcome.UNREADABLE:
                self.stdout.write(f"block {cid} cannot be read, and stays where it is")
            if counts.total() % _REPORT_EVERY == 0:
                self.stdout.write(f"… {counts.total()} blocks")
        self.stdout.write(
            f"{counts[Outcome.COPIED]} copied, {counts[Outcome.PRESENT]} there already, "
            f"{counts[Outcome.UNREADABLE]} unreadable"
        )
        if counts[Outcome.UNREADABLE]:
            raise SystemExit(1)


def _line(finding: Finding) -> str:
    sentence = _SENTENCES[finding.trouble].format(block=finding.block, content=finding.content)
    return f"{finding.trouble:<8} {sentence}{' → ' + _REPAIRS[finding.trouble] if finding.repaired else ''}"

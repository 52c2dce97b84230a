"""`manage.py doctor`: what is wrong here, one line each, with the exact fix."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from operations.doctor import examine
from operations.findings import Verdict


class Command(BaseCommand):
    help = "Check this installation. Ends with status 1 if anything needed is broken."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help='{"ok": …, "checks": [{check, verdict, detail, fix}]}')

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in examine():
            findings.append(finding)
            if not options["json"]:
                fix = f" → {finding.fix}" if finding.fix else ""
                self.stdout.write(f"{finding.verdict:<5} {finding.check:<14} {finding.detail}{fix}")
        healthy = all(finding.verdict is not Verdict.FAIL for finding in findings)
        if options["json"]:
            report = {"ok": healthy, "checks": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        if not healthy:
            raise SystemExit(1)

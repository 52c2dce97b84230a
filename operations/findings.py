"""One line of what `manage.py doctor` reports."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`FAIL`: something needed is broken. `WARN`: it works, but look. `OFF`: optional and not set."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    OFF = "off"


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, what was found, and the fix (empty where none is needed)."""

    check: str
    verdict: Verdict
    detail: str
    fix: str = ""

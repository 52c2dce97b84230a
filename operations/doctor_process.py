"""The doctor's findings from a process of its own: looking at the device imports PyTorch, which this one never does."""

import json
import subprocess
import sys
from pathlib import Path

from operations.findings import Finding, Verdict

_SECONDS = 120
_MANAGE = Path(__file__).resolve().parents[1] / "manage.py"


def findings() -> list[Finding]:
    """What `manage.py doctor` says now; takes seconds. A doctor that does not answer is a finding itself."""
    command = [sys.executable, str(_MANAGE), "doctor", "--json"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
        checks = json.loads(done.stdout)["checks"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        detail = f"The doctor did not answer: {type(error).__name__}"
        return [Finding("doctor", Verdict.FAIL, detail, "Run .venv/bin/python manage.py doctor on the server.")]
    return [Finding(check["check"], Verdict(check["verdict"]), check["detail"], check["fix"]) for check in checks]

"""The system's Chromium, as tests and benchmarks start it."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


def launch(playwright: Playwright, *, timeout_seconds: float) -> Browser:
    """Start it without a window. Fails where there is none."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "This needs Chromium: install Debian's package chromium, or set CHROMIUM to its path."
    return playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS, timeout=timeout_seconds * 1000)

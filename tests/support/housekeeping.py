"""A housekeeper of its own process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from tests.support.children import die_with_parent
from tests.support.processes import ROOT


@contextmanager
def running_housekeeper() -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py housekeeper` on this test's database."""
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}"
    if connection.vendor == "mysql":
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    environment = {**os.environ, "DATABASE_URL": url, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    assert environment["SECRET_KEY"] == settings.SECRET_KEY
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "housekeeper"],
        env=environment,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)

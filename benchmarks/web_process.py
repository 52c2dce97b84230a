"""13: the web process: resident memory, start, and no torch in it."""

import os
import subprocess
import sys
import time
from statistics import median

import httpx

from benchmarks.figures import Figure
from benchmarks.server import WebProcess

ROUNDS = 5


def run() -> list[Figure]:
    """Memory after a hundred requests of several kinds; start until the first answer."""
    with WebProcess() as web:
        with httpx.Client(base_url=web.url, headers=web.headers(), timeout=60) as client:
            for _ in range(25):
                for path in ("/health", "/api/v1/jobs", "/api/v1/me", "/"):
                    client.get(path)
        size, torch_mapped = web.resident_bytes(), web.has_mapped("libtorch")
        starts = [web.restart_seconds() for _ in range(ROUNDS)]
    bare = _interpreter_start()
    return [
        Figure("13", "web process: resident memory ÷ 150 MB", size, 150e6, "B", 1.0),
        Figure(
            "13",
            "web process: start to first answer ÷ 3 s",
            median(starts),
            3.0,
            "s",
            1.0,
            note=f"Python: {bare:.2f} s",
        ),
        Figure("13", "web process: torch mapped (0 = no) ÷ 1", float(torch_mapped), 1.0, "", 0.0),
    ]


def _interpreter_start() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import django"], check=True, env=dict(os.environ))
    return time.perf_counter() - started

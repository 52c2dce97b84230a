"""Children end with their parent: by the kernel on Linux, by a guard process elsewhere."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from operations.children import describe_exit
from tests.support.processes import ROOT, wait_until

CHILD = [sys.executable, "-c", "import time; time.sleep(60)"]
BY_KERNEL = f"""
import subprocess, sys
from operations.children import die_with_parent
child = subprocess.Popen({CHILD!r}, preexec_fn=die_with_parent())
print(child.pid, flush=True)
sys.stdin.read()
"""
BY_GUARD = f"""
import os, subprocess, sys
guard = subprocess.Popen([sys.executable, "-m", "operations.guard", str(os.getpid()), *{CHILD!r}])
print(guard.pid, flush=True)
sys.stdin.read()
"""


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_kernel_ends_the_child_of_a_killed_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BY_KERNEL], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()

    wait_until(lambda: gone(child), seconds=60, what="the child's end")


def test_guard_ends_the_command_of_a_killed_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BY_GUARD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        guard = psutil.Process(int(parent.stdout.readline()))
        wait_until(guard.children, seconds=30, what="the start of the command")
        (child,) = guard.children()
        parent.kill()

    wait_until(lambda: gone(child.pid) and gone(guard.pid), seconds=60, what="the command's end")


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL)]
)
def test_guard_ends_the_way_its_command_did(code: str, expected: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "operations.guard", str(os.getpid()), sys.executable, "-c", code], cwd=ROOT, timeout=60
    )

    assert done.returncode == expected


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (75, "exit code 75"), (-9, "killed by SIGKILL"), (-200, "killed by signal 200")],
)
def test_description_of_an_exit(code: int, words: str) -> None:
    assert describe_exit(code) == words

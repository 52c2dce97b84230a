"""Child processes that never outlive their parent, and words for how a process ended."""

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Callable, Sequence

_ON_LINUX = platform.system() == "Linux"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` after which the kernel kills the child as soon as this process ends, even by `kill -9`.

    None where there is no such call: see `guarded`. The kernel means the thread that starts the child: start
    children from the main thread.
    """
    if not _ON_LINUX:
        return None
    # Made before the fork: between fork and exec nothing may be imported or allocated needlessly.
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It ended before the call.
            os._exit(1)

    return ask_kernel


def guarded(command: Sequence[str]) -> list[str]:
    """`command`, under a guard that ends it with this process where the kernel does not do so by itself."""
    if _ON_LINUX:
        return list(command)
    return [sys.executable, "-m", "operations.guard", str(os.getpid()), *command]


def describe_exit(code: int) -> str:
    """A return code of subprocess in words: `exit code 3`, or `killed by SIGKILL` for −9."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"

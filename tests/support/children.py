"""Processes that tests start, and that must not outlive them."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` after which the kernel kills the child when the test process dies, even by `kill -9`."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: nothing may be imported between fork and exec.
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_kernel

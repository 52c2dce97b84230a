"""`python -m operations.guard PARENT COMMAND…`: runs COMMAND and kills it as soon as process PARENT is gone.

For systems without Linux's parent-death signal. It passes SIGTERM and SIGINT on, and ends with the command's exit code.
"""

import os
import signal
import subprocess
import sys
from types import FrameType

_LOOK_SECONDS = 0.5


def main(parent: int, command: list[str]) -> int:
    """Run `command` to its end or to the parent's. Returns its exit code, negative for a signal."""
    child = subprocess.Popen(command)

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    while True:
        try:
            return child.wait(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            # A process whose parent ended gets another one.
            if os.getppid() != parent:
                child.kill()


if __name__ == "__main__":
    code = main(int(sys.argv[1]), sys.argv[2:])
    if code < 0:
        # Ends the way the command did, so that whoever waits sees it.
        if -code in (signal.SIGTERM, signal.SIGINT):  # Ours have handlers; SIGKILL may have none.
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)

"""What tests of jobs need: a worker that was seen, and couriers to count."""

import os
import socket
from collections.abc import Sequence

from generation.presence import WorkerInfo, announce


def announce_worker(queues: Sequence[str] = ("cpu", "gpu"), name: str = "worker-1", models: Sequence[str] = ()) -> None:
    """As a live worker of `queues` does every few seconds."""
    info = WorkerInfo(
        name=name, host=socket.gethostname(), pid=os.getpid(), queues=list(queues), ready=True, models=list(models)
    )
    announce(info)

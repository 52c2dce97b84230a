"""A worker in a thread of the test's own process: the real claim, runner and engine, without a second process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from generation.claim import claim_batch
from generation.runner import run_claim
from generation.workshop import Workshop
from tests.support.jobs import announce_worker

_PAUSE_SECONDS = 0.02


@contextmanager
def running_worker(workshop: Workshop) -> Iterator[None]:
    """Serve the queues `cpu` and `gpu` until the context ends. Needs a database that other threads can see."""
    stopping = threading.Event()

    def work() -> None:
        try:
            while not stopping.is_set():
                claim = claim_batch(worker="worker-1", queues=["cpu", "gpu"], max_batch=1)
                if claim is None:
                    stopping.wait(_PAUSE_SECONDS)
                else:
                    run_claim(claim, workshop=workshop, stopping=threading.Event())
        finally:
            connections.close_all()

    announce_worker(models=["demo-stable-diffusion"])
    thread = threading.Thread(target=work, name="inline-worker")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()

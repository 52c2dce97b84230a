"""A program for tests of the claim: `python -m tests.support.claimers JOBS PROCESSES` fills the database that
DATABASE_URL names and lets several processes claim from it at once. Prints one line for each claimed job."""

import multiprocessing
import sys
import time


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    jobs, processes = int(sys.argv[1]), int(sys.argv[2])
    call_command("migrate", verbosity=0)
    _fill(jobs)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Event()
    children = [context.Process(target=_claim_all, args=(f"worker-{n}", start)) for n in range(processes)]
    for child in children:
        child.start()
    time.sleep(0.3)
    start.set()
    for child in children:
        child.join()
    sys.exit(max(child.exitcode or 0 for child in children))


def _fill(jobs: int) -> None:
    from tests.factories.accounts import UserFactory
    from tests.factories.generation import JobFactory

    owners = [UserFactory() for _ in range(5)]
    for number in range(jobs):
        # Every third can share an engine call with others.
        extra = {"batch_key": "shared"} if number % 3 == 0 else {}
        JobFactory(owner=owners[number % len(owners)], **extra)


def _claim_all(worker: str, start: "multiprocessing.synchronize.Event") -> None:
    from django.utils import timezone

    from generation.claim import claim_batch, something_is_queued
    from generation.models import Job, Status

    start.wait()
    while True:
        claim = claim_batch(worker=worker, queues=["cpu"], max_batch=4)
        if claim is None:
            # Many tries can fail under contention: the reaper would send another courier.
            if something_is_queued(["cpu"]):
                continue
            return
        for job in claim.jobs:
            sys.stdout.write(f"{worker} {job.id}\n")
            sys.stdout.flush()
            ended = Job.objects.filter(id=job.id, claim_token=claim.token, status=Status.RUNNING).update(
                status=Status.SUCCEEDED, claim_token=None, heartbeat_at=None, finished_at=timezone.now()
            )
            if ended != 1:
                raise AssertionError(f"{job.id} was taken from {worker}")


if __name__ == "__main__":
    main()

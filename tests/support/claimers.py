"""A program for tests of the claim: `python -m tests.support.claimers JOBS PROCESSES` fills the database that
DATABASE_URL names and lets several processes claim from it at once. Prints one line for each job that was ended.

With a third argument, `storm`, they also submit, cancel, give back, let claims go stale, bring those back, and register
content, all of the same few owners: whatever two transactions of Atelier can do to each other.
"""

import multiprocessing
import random
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from generation.claim import Claim
    from generation.models import Job

SUBMITTED_BY_EACH = 10
STALE_SECONDS = 2


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    jobs, processes = int(sys.argv[1]), int(sys.argv[2])
    work: Callable[[int, Barrier], None] = _storm if sys.argv[3:] == ["storm"] else _claim_all
    call_command("migrate", verbosity=0)
    _fill(jobs)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes, timeout=600)
    children = [context.Process(target=work, args=(number, start)) for number in range(processes)]
    for child in children:
        child.start()
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


def _claim_all(number: int, start: "Barrier") -> None:
    from generation.claim import claim_batch, something_is_queued

    worker = f"worker-{number}"
    start.wait()
    while True:
        claim = claim_batch(worker=worker, queues=["cpu"], max_batch=4)
        if claim is None:
            # Many tries can fail under contention: the reaper would send another courier.
            if something_is_queued(["cpu"]):
                continue
            return
        for job in claim.jobs:
            if not _end(job, claim):
                raise AssertionError(f"{job.id} was taken from {worker}")
            _say(worker, job)


def _storm(number: int, start: "Barrier") -> None:
    from accounts.models import User
    from generation.claim import claim_batch, give_back
    from generation.models import TERMINAL, Job
    from tests.support.jobs import announce_worker

    worker, chance = f"worker-{number}", random.Random(number)
    owners = list(User.objects.order_by("id"))
    to_submit = SUBMITTED_BY_EACH
    announce_worker(name=worker)
    start.wait()
    while to_submit or Job.objects.exclude(status__in=TERMINAL).exists():
        if to_submit:
            to_submit -= 1
            _submit(chance.choice(owners), cancelled=to_submit % 3 == 0)
        _bring_back_stale()
        claim = claim_batch(worker=worker, queues=["cpu"], max_batch=4)
        if claim is None:
            continue
        fate = chance.random()
        if fate < 0.15:
            give_back(claim)
        elif fate < 0.3 and all(job.attempt == 1 for job in claim.jobs):
            continue  # As a worker does that was killed: the claim goes stale.
        else:
            for job in claim.jobs:
                if _register(job, claim):
                    _say(worker, job)


def _submit(owner: object, *, cancelled: bool) -> None:
    from generation.errors import JobFinished
    from generation.services import cancel, submit
    from tests.factories.generation import image_params

    job = submit(owner=owner, kind="image", params=image_params())  # type: ignore[arg-type]
    if cancelled:
        try:
            cancel(job=job)
        except JobFinished:  # Another was quicker.
            return


def _bring_back_stale() -> None:
    from datetime import timedelta

    from django.utils import timezone

    from generation.models import Job, Status
    from generation.services import requeue_lost

    oldest = timezone.now() - timedelta(seconds=STALE_SECONDS)
    requeue_lost(lost=Job.objects.filter(status=Status.RUNNING, heartbeat_at__lt=oldest))


def _register(job: "Job", claim: "Claim") -> bool:
    """As the runner ends a job: its row, content, output and use in one transaction."""
    from django.db import transaction

    from accounts.services import record_use
    from common.database import until_it_answers
    from content.services import StoredFile, register
    from generation.models import JobOutput

    for attempt in until_it_answers():
        with attempt, transaction.atomic():
            if not _end(job, claim):
                return False
            stored = StoredFile(cid=f"bafkrei{job.id.hex}", size_bytes=1)
            content = register(owner=job.owner, stored=stored, kind="text", media_type="text/plain")
            JobOutput.objects.create(job=job, index=0, content=content)
            record_use(owner=job.owner, engine_seconds=1.0)
    return True


def _end(job: "Job", claim: "Claim") -> int:
    from django.utils import timezone

    from generation.models import Job, Status

    return Job.objects.filter(id=job.id, claim_token=claim.token, status=Status.RUNNING).update(
        status=Status.SUCCEEDED, claim_token=None, heartbeat_at=None, finished_at=timezone.now()
    )


def _say(worker: str, job: "Job") -> None:
    sys.stdout.write(f"{worker} {job.id}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""A program for tests of quotas: `python -m tests.support.spenders PROCESSES ROUNDS LIMIT`.

Several processes use up one user's jobs of the day at once, and record what they used. Prints how many were accepted,
and the recorded jobs and seconds.
"""

import multiprocessing
import sys
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from accounts.models import Usage
    from tests.factories.accounts import UserFactory

    processes, rounds, limit = (int(argument) for argument in sys.argv[1:4])
    call_command("migrate", verbosity=0)
    owner = UserFactory()
    connections.close_all()
    context = multiprocessing.get_context("fork")
    accepted, barrier = context.Value("i", 0), context.Barrier(processes)
    children = [
        context.Process(target=_spend, args=(owner.pk, rounds, limit, accepted, barrier)) for _ in range(processes)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    usage = Usage.objects.get(user=owner)
    sys.stdout.write(f"{accepted.value} {usage.jobs} {usage.engine_seconds:.0f}\n")
    sys.exit(max(child.exitcode or 0 for child in children))


def _spend(owner_id: int, rounds: int, limit: int, accepted: "Synchronized[int]", barrier: Barrier) -> None:
    from django.conf import settings
    from django.db import transaction

    from accounts.errors import QuotaReached
    from accounts.models import ApiKey, User
    from accounts.services import check_quota, record_use

    settings.QUOTA_JOBS_PER_DAY = limit
    owner = User.objects.get(pk=owner_id)
    barrier.wait()
    for _ in range(rounds):
        try:
            with transaction.atomic():
                check_quota(owner=owner, active_jobs=0)
                # A row that refers to the user, as a job does: it takes a shared lock on the user's row.
                ApiKey.objects.create_key(owner=owner, name="submit")
                record_use(owner=owner, jobs=1)
        except QuotaReached:
            continue
        with accepted.get_lock():
            accepted.value += 1
    for _ in range(rounds):
        with transaction.atomic():
            ApiKey.objects.create_key(owner=owner, name="finish")
            record_use(owner=owner, engine_seconds=1.0)


if __name__ == "__main__":
    main()

"""MariaDB killed and started again: no row without bytes, no result twice, and bytes without a row are swept."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mariadb import PrivateMariaDB
from tests.support.processes import RunningAtelier, wait_until
from tests.support.studio import LONG, SHORT, Studio

pytestmark = pytest.mark.processes

STALE_SECONDS = 8
KILLS = 3
# Generous: many tests may share few cores.
SECONDS = 400.0


@pytest.fixture(scope="module")
def server(mariadb: PrivateMariaDB) -> Iterator[PrivateMariaDB]:
    """A server of this module's own: whoever shared it would be disturbed."""
    own = PrivateMariaDB()
    own.start()
    yield own
    own.stop()


@pytest.fixture(scope="module")
def studio(server: PrivateMariaDB) -> Iterator[Studio]:
    variables = {"DATABASE_URL": server.url(), "JOB_STALE_SECONDS": str(STALE_SECONDS)}
    with RunningAtelier(environment=variables) as atelier, Studio(atelier) as studio:
        yield studio


def blocks(studio: Studio) -> set[Path]:
    return set((studio.atelier.data_dir / "blocks").glob("??/*"))


def wait_stored(studio: Studio, before: set[Path]) -> None:
    """Wait until a result is on disk that no row can know of: the database is away."""
    wait_until(lambda: blocks(studio) - before, seconds=SECONDS, what="bytes of a result", every=0.01)


def checked(studio: Studio, *arguments: str, **variables: str) -> str:
    """What `manage.py content check` says, which reads every block of every row."""
    environment = studio.atelier.environment
    studio.atelier.environment = {**environment, **variables}
    try:
        return studio.atelier.manage("content", "check", *arguments, check=False).stdout
    finally:
        studio.atelier.environment = environment


@pytest.mark.parametrize("seconds", [1.0, STALE_SECONDS + 2.0], ids=["for-a-moment", "beyond-the-stale-time"])
def test_database_is_away_when_a_result_is_registered(studio: Studio, server: PrivateMariaDB, seconds: float) -> None:
    job = studio.submit(steps=LONG, seed=int(seconds))
    studio.wait_running([job], SECONDS)
    before = blocks(studio)

    server.halt(kill=True)
    wait_stored(studio, before)
    time.sleep(seconds)
    server.start()

    studio.wait_ended([job])
    studio.assert_each_made_one_picture([job])
    # Whoever was first, the worker that tried again or the reaper: nothing of it is there twice.
    assert studio.row(job)["attempt"] <= 2
    assert checked(studio).strip() == "sound"


def test_database_is_killed_again_and_again_under_load(studio: Studio, server: PrivateMariaDB) -> None:
    jobs = [studio.submit(steps=SHORT, seed=100 + seed) for seed in range(12)]
    for _ in range(KILLS):
        time.sleep(0.5)  # Some of the work is done in between,
        server.halt(kill=True)
        time.sleep(1)  # and some is tried in vain.
        server.start()

    studio.wait_ended(jobs)
    studio.assert_each_made_one_picture(jobs)
    assert checked(studio).strip() == "sound"
    studio.atelier.wait_ready()


def test_bytes_whose_row_never_came_are_swept(studio: Studio, server: PrivateMariaDB) -> None:
    job = studio.submit(steps=LONG, seed=999)
    studio.wait_running([job], SECONDS)
    before = blocks(studio)

    server.halt(kill=True)
    wait_stored(studio, before)
    [worker] = studio.atelier.worker_pids()
    os.kill(worker, signal.SIGKILL)
    server.start()
    # Cancelled before another worker makes the same bytes anew.
    wait_until(lambda: studio.cancel(job) == 200, seconds=SECONDS, what="the cancellation")

    assert studio.job(job)["outputs"] == []
    assert "belongs to no content" in checked(studio, BLOCK_GRACE_SECONDS="0")
    assert "0 left" in checked(studio, "--repair", BLOCK_GRACE_SECONDS="0")
    assert checked(studio, BLOCK_GRACE_SECONDS="0").strip() == "sound"
    studio.atelier.wait_ready()

"""Redis emptied, and Redis away under load: what was acknowledged is done, once."""

import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.processes import RunningAtelier, wait_until
from tests.support.redis_server import PrivateRedis
from tests.support.studio import LONG, Studio

pytestmark = pytest.mark.processes

QUEUED = 100
SECONDS_AWAY = 10.0
# Generous: many tests may share few cores.
SECONDS = 400.0


@pytest.fixture(scope="module")
def redis_of_operator() -> Iterator[PrivateRedis]:
    """Nobody starts it again but the test: the embedded one is back within a second."""
    # A short folder: a unix socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="atelier-redis-") as folder:
        server = PrivateRedis(Path(folder))
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="module")
def studio(redis_of_operator: PrivateRedis) -> Iterator[Studio]:
    with RunningAtelier(environment={"REDIS_URL": redis_of_operator.url}) as atelier, Studio(atelier) as studio:
        yield studio


def words(studio: Studio, number: int) -> httpx.Response:
    """A job that takes no more than a moment."""
    return studio.ask("tags", {"image_prompt": f"a cat and {number} dogs in the rain"})


def assert_each_ran_once(studio: Studio, jobs: Sequence[str]) -> None:
    """Every job has succeeded at the first try: none was lost, and none was done again."""
    found = {
        str(row[0]).replace("-", ""): row[1:] for row in studio.rows("SELECT id, status, attempt FROM generation_job")
    }
    assert Counter(found[job.replace("-", "")] for job in jobs) == {("succeeded", 1): len(jobs)}


def test_redis_is_emptied_with_a_hundred_queued_jobs(studio: Studio, redis_of_operator: PrivateRedis) -> None:
    workers = studio.atelier.worker_pids()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: words(studio, number), range(QUEUED)))
        assert [answer.status_code for answer in answers] == [202] * QUEUED
        jobs = [answer.json()["id"] for answer in answers]
        [(waiting,)] = studio.rows("SELECT COUNT(*) FROM generation_job WHERE status = 'queued'")
        assert waiting >= QUEUED - 1  # The worker may have been stopped with one in its hands.

        with redis_of_operator.client() as client:
            client.flushall()
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)

    studio.wait_ended(jobs)
    assert {studio.row(job)["status"] for job in jobs} == {"succeeded"}
    [(content,)] = studio.rows("SELECT COUNT(*) FROM generation_joboutput")
    assert content == 0


def test_redis_is_away_under_load(studio: Studio, redis_of_operator: PrivateRedis) -> None:
    wait_until(lambda: words(studio, 0).status_code == 202, seconds=SECONDS, what="a worker that is seen")
    before = [studio.submit(steps=LONG, seed=seed) for seed in range(2)]
    running, _ = studio.wait_running(before, SECONDS)

    redis_of_operator.kill()
    away = time.monotonic()
    meanwhile: list[httpx.Response] = []
    while time.monotonic() - away < SECONDS_AWAY:
        meanwhile.append(words(studio, len(meanwhile)))
        assert studio.job(running)["id"] == running  # Looking works all the while.
        time.sleep(0.1)
    redis_of_operator.start()

    assert {answer.status_code for answer in meanwhile} <= {202, 503}
    assert all("Retry-After" in answer.headers for answer in meanwhile if answer.status_code == 503)
    kept = [answer.json()["id"] for answer in meanwhile if answer.status_code == 202]
    assert kept, "the row is kept although nobody can be told"
    studio.wait_ended([*before, *kept])
    assert_each_ran_once(studio, [*before, *kept])
    studio.assert_each_made_one_picture(before)
    wait_until(lambda: words(studio, 0).status_code == 202, seconds=SECONDS, what="a worker that is seen again")
    studio.atelier.wait_ready()

"""Faults that leave the studio running, one after the other in the same one."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.support.processes import RunningAtelier, wait_until
from tests.support.studio import LONG, SHORT, Studio

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    # The default stale time, 30 s: the supervisor must not wait for it.
    with RunningAtelier() as atelier, Studio(atelier) as studio:
        yield studio


def test_a_job_that_kills_its_worker_each_time_fails_after_three_attempts(studio: Studio) -> None:
    deadly, next_one = studio.submit(), studio.submit(steps=SHORT, seed=2)
    kills = 0
    while studio.row(deadly)["status"] not in ("failed", "succeeded"):
        row = studio.row(deadly)
        if row["status"] == "running" and row["step"] > 0:
            for pid in studio.atelier.worker_pids():
                os.kill(pid, signal.SIGKILL)
            kills += 1
            wait_until(lambda: studio.row(deadly)["status"] != "running", seconds=25, what="the release of the claim")
        time.sleep(0.02)

    assert kills == 3
    error = studio.job(deadly)["error"]
    assert error["code"] == "worker_died"
    assert error["message"]
    studio.wait_ended([next_one])
    studio.assert_each_made_one_picture([next_one])
    studio.atelier.wait_for_log(r"worker-1 .*SIGKILL|worker-1 ended")


def test_one_idempotency_key_fifty_times_at_once_is_one_job(studio: Studio) -> None:
    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(lambda _: studio.submit(steps=SHORT, key="the-same"), range(50)))

    assert len(set(ids)) == 1
    assert studio.rows("SELECT COUNT(*) FROM generation_job WHERE idempotency_key = 'the-same'") == [(1,)]
    studio.wait_ended(ids[:1])


def test_cancelling_at_twenty_moments_gives_the_memory_back(studio: Studio) -> None:
    studio.wait_ended([studio.submit(steps=SHORT, seed=3)])
    worker = psutil.Process(studio.atelier.worker_pids()[0])
    before = worker.memory_info().rss

    for moment in range(20):
        job = studio.submit(seed=moment)
        if moment % 4:
            studio.wait_running([job])
            time.sleep(0.01 * moment)
        assert studio.cancel(job) == 200
        assert studio.job(job)["status"] == "cancelled"

    last = studio.submit(steps=SHORT, seed=4)
    studio.wait_ended([last])
    studio.assert_each_made_one_picture([last])
    assert worker.memory_info().rss - before < 100e6


def test_a_stop_and_a_start_finish_what_was_queued_and_running(studio: Studio) -> None:
    jobs = [studio.submit(seed=seed) for seed in range(3)]
    running, _ = studio.wait_running(jobs)

    assert studio.atelier.stop() == 0
    assert studio.row(running)["status"] == "queued"
    assert studio.row(running)["attempt"] == 0
    studio.atelier.start()

    studio.wait_ended(jobs)
    studio.assert_each_made_one_picture(jobs)


def test_a_power_cut_and_a_start_finish_what_was_queued_and_running(studio: Studio) -> None:
    jobs = [studio.submit(seed=seed, steps=LONG // 2) for seed in range(10, 13)]
    studio.wait_running(jobs)
    children = [psutil.Process(pid) for pid in studio.atelier.children().values()]

    studio.atelier.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive, "children outlived the supervisor"
    studio.atelier.start()

    studio.wait_ended(jobs)
    studio.assert_each_made_one_picture(jobs)

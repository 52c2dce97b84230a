"""Workers that are killed, frozen and restarted: no job is lost, none is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import pytest

from tests.support.children import die_with_parent
from tests.support.processes import ROOT, RunningAtelier, wait_until
from tests.support.studio import LONG, SHORT, Studio

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

STALE_SECONDS = 3
KILLS = 20


class OtherHosts:
    """Workers that nobody supervises, as on other hosts: only their heartbeat tells of their death."""

    def __init__(self, atelier: RunningAtelier) -> None:
        self._atelier = atelier
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._number = 0

    def start(self) -> str:
        self._number += 1
        name = f"other-{self._number}"
        self._processes[name] = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "worker", "--name", name],
            cwd=ROOT,
            env=self._atelier.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
        return name

    def signal(self, name: str, number: signal.Signals) -> None:
        self._processes[name].send_signal(number)

    def kill(self, name: str) -> None:
        self.signal(name, signal.SIGKILL)
        self._processes[name].wait()

    def close(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()


@contextmanager
def other_hosts(atelier: RunningAtelier, workers: int) -> Iterator[OtherHosts]:
    hosts = OtherHosts(atelier)
    try:
        for _ in range(workers):
            hosts.start()
        atelier.wait_ready()
        yield hosts
    finally:
        hosts.close()


def test_a_worker_killed_twenty_times_loses_no_job() -> None:
    environment = {"WORKERS": "0", "JOB_STALE_SECONDS": str(STALE_SECONDS), "JOB_MAX_ATTEMPTS": "100"}
    atelier = RunningAtelier(environment=environment)
    try:
        atelier.start(wait=False)
        with other_hosts(atelier, 2) as hosts:
            studio = Studio(atelier)
            jobs = [studio.submit(seed=seed) for seed in range(6)]
            for _ in range(KILLS):
                if all(studio.row(job)["status"] == "succeeded" for job in jobs):
                    jobs.append(studio.submit(seed=len(jobs)))
                victim, worker = studio.wait_running(jobs)
                attempt = studio.row(victim)["attempt"]
                hosts.kill(worker)
                killed_at = time.monotonic()
                if studio.row(victim)["status"] == "succeeded":
                    continue  # It ended in the moment of the kill.
                wait_until(
                    lambda victim=victim, attempt=attempt: (
                        studio.row(victim)["status"] == "queued" or studio.row(victim)["attempt"] > attempt
                    ),
                    seconds=STALE_SECONDS + 10,
                    what=f"the return of a job whose worker was killed at {killed_at:.0f}",
                )
                hosts.start()
            studio.wait_ended(jobs)
            studio.assert_each_made_one_picture(jobs)
    finally:
        atelier.close()


def test_a_frozen_worker_that_wakes_up_late_registers_nothing() -> None:
    atelier = RunningAtelier(environment={"WORKERS": "0", "JOB_STALE_SECONDS": str(STALE_SECONDS)})
    try:
        atelier.start(wait=False)
        with other_hosts(atelier, 1) as hosts:
            studio = Studio(atelier)
            job = studio.submit()
            _, frozen = studio.wait_running([job])
            hosts.signal(frozen, signal.SIGSTOP)
            hosts.start()
            wait_until(lambda: studio.row(job)["attempt"] == 2, seconds=90, what="a second worker")

            hosts.signal(frozen, signal.SIGCONT)
            studio.wait_ended([job])

            studio.assert_each_made_one_picture([job])
            assert studio.row(job)["worker"] != frozen
            # The one that woke up is still of use.
            later = studio.submit(steps=SHORT, seed=2)
            studio.wait_ended([later])
            studio.assert_each_made_one_picture([later])
    finally:
        atelier.close()


class TestOneStudio:
    """Faults that leave the studio running, one after the other in the same one."""

    @pytest.fixture(scope="class")
    def studio(self) -> Iterator[Studio]:
        # The default stale time: the supervisor must not wait for it.
        with RunningAtelier() as atelier:
            yield Studio(atelier)

    def test_a_job_that_kills_its_worker_each_time_fails_after_three_attempts(self, studio: Studio) -> None:
        deadly, next_one = studio.submit(), studio.submit(steps=SHORT, seed=2)
        kills = 0
        while studio.row(deadly)["status"] not in ("failed", "succeeded"):
            row = studio.row(deadly)
            if row["status"] == "running" and row["step"] > 0:
                for pid in studio.atelier.worker_pids():
                    os.kill(pid, signal.SIGKILL)
                kills += 1
                wait_until(
                    lambda: studio.row(deadly)["status"] != "running", seconds=13, what="the release of the claim"
                )
            time.sleep(0.02)

        assert kills == 3
        error = studio.job(deadly)["error"]
        assert error["code"] == "worker_died"
        assert error["message"]
        studio.wait_ended([next_one])
        studio.assert_each_made_one_picture([next_one])
        studio.atelier.wait_for_log(r"worker-1 .*SIGKILL|worker-1 ended")

    def test_one_idempotency_key_fifty_times_at_once_is_one_job(self, studio: Studio) -> None:
        with ThreadPoolExecutor(50) as pool:
            ids = list(pool.map(lambda _: studio.submit(steps=SHORT, key="the-same"), range(50)))

        assert len(set(ids)) == 1
        assert studio.rows("SELECT COUNT(*) FROM generation_job WHERE idempotency_key = 'the-same'") == [(1,)]
        studio.wait_ended(ids[:1])

    def test_cancelling_at_twenty_moments_gives_the_memory_back(self, studio: Studio) -> None:
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

    def test_a_stop_and_a_start_finish_what_was_queued_and_running(self, studio: Studio) -> None:
        jobs = [studio.submit(seed=seed) for seed in range(3)]
        running, _ = studio.wait_running(jobs)

        assert studio.atelier.stop() == 0
        assert studio.row(running)["status"] == "queued"
        assert studio.row(running)["attempt"] == 0
        studio.atelier.start()

        studio.wait_ended(jobs)
        studio.assert_each_made_one_picture(jobs)

    def test_a_power_cut_and_a_start_finish_what_was_queued_and_running(self, studio: Studio) -> None:
        jobs = [studio.submit(seed=seed, steps=LONG // 2) for seed in range(10, 13)]
        studio.wait_running(jobs)
        children = [psutil.Process(pid) for pid in studio.atelier.children().values()]

        studio.atelier.stop(signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=15)
        assert not alive, "children outlived the supervisor"
        studio.atelier.start()

        studio.wait_ended(jobs)
        studio.assert_each_made_one_picture(jobs)

"""Workers that are killed, frozen and restarted: no job is lost, none is done twice."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support.children import die_with_parent
from tests.support.processes import ROOT, RunningAtelier, wait_until
from tests.support.studio import SHORT, Studio

pytestmark = pytest.mark.processes

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


def returned(studio: Studio, job: str, attempt: int) -> bool:
    """Whether a job whose worker was killed is back in the queue, or past it."""
    row = studio.row(job)
    return row["status"] in ("queued", "succeeded") or row["attempt"] > attempt


def test_a_worker_killed_twenty_times_loses_no_job() -> None:
    environment = {"WORKERS": "0", "JOB_STALE_SECONDS": str(STALE_SECONDS), "JOB_MAX_ATTEMPTS": "100"}
    atelier = RunningAtelier(environment=environment)
    try:
        atelier.start(wait=False)
        with other_hosts(atelier, 2) as hosts, Studio(atelier) as studio:
            jobs = [studio.submit(seed=seed) for seed in range(6)]
            for _ in range(KILLS):
                if all(studio.row(job)["status"] == "succeeded" for job in jobs):
                    jobs.append(studio.submit(seed=len(jobs)))
                victim, worker = studio.wait_running(jobs)
                attempt = studio.row(victim)["attempt"]
                hosts.kill(worker)
                wait_until(
                    partial(returned, studio, victim, attempt),
                    seconds=STALE_SECONDS + 10,
                    what="the return of a job whose worker was killed",
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
        with other_hosts(atelier, 1) as hosts, Studio(atelier) as studio:
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

"""What tests of the whole share: a view of the rows from outside, and jobs that take long enough to be disturbed."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from tests.support.processes import RunningAtelier, wait_until

# On one slow core a step of the demo model takes 50 ms or more: long enough to be caught in the middle.
LONG, SHORT = 100, 4
SECONDS_TO_END = 600.0


class Studio:
    """One user's view of a running Atelier, and the rows beneath."""

    def __init__(self, atelier: RunningAtelier) -> None:
        self.atelier = atelier
        self._client = httpx.Client(
            base_url=atelier.base_url, headers=atelier.headers(atelier.create_key("ada")), timeout=300
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def submit(self, *, steps: int = LONG, seed: int = 1, key: str | None = None) -> str:
        """A small picture as a job; its id."""
        params = {"prompt": "a red circle", "num_inference_steps": steps, "width": 256, "height": 256, "seed": seed}
        answer = self.ask("image", params, key=key)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def ask(self, kind: str, params: Mapping[str, Any], *, key: str | None = None) -> httpx.Response:
        """Ask for a job; whatever is answered."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._client.post("/api/v1/jobs", json={"kind": kind, "params": params}, headers=headers)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self._client.get(f"/api/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def cancel(self, job_id: str) -> int:
        return self._client.post(f"/api/v1/jobs/{job_id}/cancel").status_code

    def row(self, job_id: str) -> dict[str, Any]:
        """The columns of the job's row that the API does not show."""
        names = ("status", "worker", "attempt", "step")
        query = "SELECT status, worker, attempt, step FROM generation_job WHERE id = ?"
        found = self.rows(query, job_id.replace("-", ""))
        return dict(zip(names, found[0], strict=True))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.atelier.rows(query, *values)

    def running_on(self, jobs: Sequence[str]) -> tuple[str, str] | None:
        """A job of `jobs` that has made a step, and the name of its worker."""
        for job_id in jobs:
            row = self.row(job_id)
            if row["status"] == "running" and row["step"] > 0:
                return job_id, row["worker"]
        return None

    def wait_running(self, jobs: Sequence[str], seconds: float = 120) -> tuple[str, str]:
        try:
            wait_until(lambda: self.running_on(jobs), seconds=seconds, what="a job in the middle of its work")
        except TimeoutError as error:
            rows = [self.row(job) for job in jobs]
            raise TimeoutError(f"{error}; {rows}; the log:\n{self.atelier.log()[-4000:]}") from None
        found = self.running_on(jobs)
        # It may have ended between the two looks.
        return found or self.wait_running(jobs, seconds)

    def wait_ended(self, jobs: Sequence[str]) -> None:
        ended = ("succeeded", "failed", "cancelled")
        wait_until(
            lambda: all(self.row(job)["status"] in ended for job in jobs),
            seconds=SECONDS_TO_END,
            what="the end of all jobs",
        )

    def assert_each_made_one_picture(self, jobs: Sequence[str]) -> None:
        for job_id in jobs:
            job = self.job(job_id)
            assert job["status"] == "succeeded", job
            assert len(job["outputs"]) == 1
        outputs = self.rows("SELECT job_id, COUNT(*) FROM generation_joboutput GROUP BY job_id HAVING COUNT(*) > 1")
        assert outputs == []

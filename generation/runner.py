"""Running a claim: engine, progress, content, and the one transition to a terminal state."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import redis
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

import content.services
from accounts.services import record_use
from common.database import until_it_answers
from common.errors import AtelierError
from content import previews
from generation.cancellation import cancelled_among
from generation.claim import Claim, give_back
from generation.couriers import send_courier
from generation.engine_source import EngineSource
from generation.engines.errors import EngineError, OutOfMemory
from generation.errors import LostClaim, WorkerStopping
from generation.events import publish
from generation.handlers import handler_of
from generation.heartbeat import Heartbeat
from generation.labelling import label
from generation.models import Job, JobOutput, Status
from generation.personal.errors import ModelGone
from generation.personal.selectors import model_of_job
from generation.webhooks.services import announce_end

logger = logging.getLogger(__name__)

# A preview costs a decode: pictures that are done sooner than this have none.
_PREVIEW_SECONDS = 1.0
# An eye sees no more than this; steps of a small model are shorter.
_TELL_SECONDS = 0.1
_REDIS_AWAY_SECONDS = 2.0


def run_claim(claim: Claim, *, workshop: EngineSource, stopping: threading.Event) -> None:
    """Run the jobs of a claim to their end, or give them back when `stopping` is set. Never raises for a job's sake."""
    with Heartbeat(claim) as heartbeat:
        run = _Run(claim, heartbeat, workshop, stopping)
        try:
            run.work()
        except WorkerStopping:
            give_back(claim)
            for job in run.unfinished():
                job.refresh_from_db()
                publish(job)
                send_courier(job.queue)
        except LostClaim:
            logger.info("Nothing of claim %s is wanted any more", claim.token)
        except OutOfMemory as error:
            workshop.drop_all()
            run.fail(error)
        except (OperationalError, InterfaceError) as error:
            # No fault of the jobs: without a heartbeat the claim goes stale, and they are tried again.
            logger.error("Claim %s is let go, the database is away: %s", claim.token, error)
        except AtelierError as error:
            logger.warning("Jobs of claim %s failed: %s", claim.token, error.message, exc_info=error)
            run.fail(error)
        except Exception:
            logger.exception("Jobs of claim %s failed", claim.token)
            run.fail(EngineError())


class _Run:
    def __init__(self, claim: Claim, heartbeat: Heartbeat, workshop: EngineSource, stopping: threading.Event) -> None:
        self._claim = claim
        self._heartbeat = heartbeat
        self._workshop = workshop
        self._stopping = stopping
        self._ended: set[UUID] = set()
        self._preview_at = time.monotonic()
        self._told_at = 0.0
        self._ask_redis_at = 0.0

    def unfinished(self) -> list[Job]:
        return [job for job in self._claim.jobs if job.id not in self._ended]

    def work(self) -> None:
        if not self._claim.jobs:
            return
        # The rows say "running" since the claim: those who watch hear it before a model is loaded.
        for job in self._claim.jobs:
            publish(job)
        requests = self._requests(self._with_their_models(self._claim.jobs))
        if not requests:
            return
        jobs = list(dict.fromkeys(job for job, _ in requests))
        counts = Counter(job.id for job, _ in requests)
        results: dict[UUID, list[Any]] = {job.id: [] for job in jobs}
        seconds: dict[UUID, float] = {job.id: 0.0 for job in jobs}
        with self._workshop.engine_for(jobs[0].checkpoint, jobs[0].personal_model) as engine:
            self._heartbeat.progressed()
            size = engine.spec.max_batch
            for start in range(0, len(requests), size):
                chunk = requests[start : start + size]
                started = time.monotonic()
                on_step = self._on_step([job for job, _ in chunk], results, counts)
                made = engine.run([request for _, request in chunk], on_step)
                share = (time.monotonic() - started) / len(chunk)
                for (job, _), result in zip(chunk, made, strict=True):
                    results[job.id].append(result)
                    seconds[job.id] += share
        for job in jobs:
            try:
                found = self._labels(job, results[job.id])
                self._finish(job, results[job.id], seconds[job.id], found)
            except LostClaim:
                logger.info("The result of job %s is discarded: its claim is gone", job.id)
            self._ended.add(job.id)

    def _with_their_models(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs whose personal model is still theirs to use, with it as it is now; the others fail."""
        usable = []
        for job in jobs:
            try:
                job.personal_model = model_of_job(job)
                usable.append(job)
            except ModelGone as error:
                self.fail(error, [job])
        return usable

    def _requests(self, jobs: Sequence[Job]) -> list[tuple[Job, Any]]:
        """What the engine is asked for; a job whose picture or mask is gone fails by itself."""
        requests: list[tuple[Job, Any]] = []
        for job in jobs:
            try:
                requests += [(job, request) for request in handler_of(job.kind).requests(job)]
            except AtelierError as error:
                self.fail(error, [job])
        return requests

    def _labels(self, job: Job, results: Sequence[Any]) -> dict[str, Any]:
        """What the label engine says of a job that asks for it; nothing for any other."""
        picture = handler_of(job.kind).picture_to_label(job, results) if "labels" in job.params else None
        if picture is None:
            return {}
        found = label(self._workshop, picture=picture, labels=job.params["labels"], on_step=self._quiet_step(job))
        warnings = found.pop("warnings", [])
        return {"labels": found, **({"warnings": warnings} if warnings else {})}

    def _quiet_step(self, job: Job) -> Callable[..., None]:
        """Watches over a step that is no progress of the job's own."""

        def on_step(step: int, steps: int, preview: Callable[[int], bytes] | None) -> None:
            if self._stopping.is_set():
                raise WorkerStopping
            self._heartbeat.progressed()
            if job.id in self._unwanted():
                raise LostClaim

        return on_step

    def _on_step(
        self, jobs: Sequence[Job], results: dict[UUID, list[Any]], counts: Counter[UUID]
    ) -> Callable[..., None]:
        started = time.monotonic()
        # Requests of one job that are made at the same time, each step of the engine being a step of all of them.
        together = Counter(job.id for job in jobs)

        def on_step(step: int, steps: int, preview: Callable[[int], bytes] | None) -> None:
            if self._stopping.is_set():
                raise WorkerStopping
            self._heartbeat.progressed()
            unwanted = self._unwanted()
            if all(job.id in unwanted for job in jobs):
                raise LostClaim
            show = time.monotonic() - self._preview_at >= _PREVIEW_SECONDS and step < steps
            if show:
                self._preview_at = time.monotonic()
            told = time.monotonic() - self._told_at >= _TELL_SECONDS or show
            if told:
                self._told_at = time.monotonic()
            pace = (time.monotonic() - started) / step
            for index, job in enumerate(jobs):
                job.step = len(results[job.id]) * steps + step * together[job.id]
                job.steps = counts[job.id] * steps
                if told and job.id not in unwanted and job not in jobs[:index]:
                    eta = pace * (job.steps - job.step) / together[job.id]
                    seen = preview(index) if show and preview is not None else None
                    publish(job, eta_seconds=round(eta, 1), preview=seen)

        return on_step

    def _unwanted(self) -> set[UUID]:
        """Jobs whose result nobody wants: cancelled, or taken by another worker."""
        unwanted = set(self._heartbeat.lost)
        if time.monotonic() >= self._ask_redis_at:
            try:
                unwanted |= cancelled_among([job.id for job in self._claim.jobs])
            except redis.RedisError:  # The heartbeat finds out within a second.
                self._ask_redis_at = time.monotonic() + _REDIS_AWAY_SECONDS
        return unwanted

    def _finish(self, job: Job, results: Sequence[Any], engine_seconds: float, found: dict[str, Any]) -> None:
        """Blocks first, then in one transaction the rows: content without bytes can never be seen."""
        handler = handler_of(job.kind)
        pieces = handler.pieces(job, results)
        stored = [content.services.store_patiently(piece.data) for piece in pieces]
        self._heartbeat.progressed()
        result = handler.result(job, results)
        warnings = [*result.pop("warnings", []), *found.pop("warnings", [])]
        for attempt in until_it_answers():
            with attempt, transaction.atomic():
                self._end_row(
                    job,
                    status=Status.SUCCEEDED,
                    step=job.steps,
                    steps=job.steps,
                    engine_seconds=engine_seconds,
                    padded_batch_size=results[0].metadata.get("padded_batch_size", 1),
                    result={**result, **found, **({"warnings": warnings} if warnings else {})},
                )
                rows = []
                for index, (piece, file) in enumerate(zip(pieces, stored, strict=True)):
                    row = content.services.register(
                        owner=job.owner,
                        stored=file,
                        kind=piece.kind,
                        media_type=piece.media_type,
                        prompt=piece.prompt,
                        provenance=dict(piece.provenance),
                        visibility=job.visibility,
                        width=piece.width,
                        height=piece.height,
                        duration=piece.duration,
                    )
                    JobOutput.objects.create(job=job, index=index, content=row)
                    rows.append(row)
                handler.record(job, results)
                record_use(owner=job.owner, engine_seconds=engine_seconds)
        self._tell_end(job)
        for row, piece in zip(rows, pieces, strict=True):
            previews.keep(content=row, data=piece.data)

    def fail(self, error: AtelierError, jobs: Sequence[Job] | None = None) -> None:
        """`jobs`, or every job of the claim that has not ended, fail with the error's sentence."""
        for job in self.unfinished() if jobs is None else jobs:
            try:
                for attempt in until_it_answers():
                    with attempt:
                        self._end_row(
                            job,
                            status=Status.FAILED,
                            error_code=error.code,
                            error_message=error.message[:500],
                            error_retryable=error.retryable,
                        )
                self._tell_end(job)
            except LostClaim:
                logger.info("Job %s failed after its claim was gone", job.id)

    @transaction.atomic
    def _end_row(self, job: Job, *, status: Status, **fields: object) -> None:
        held = Job.objects.filter(id=job.id, claim_token=self._claim.token, status=Status.RUNNING)
        ended = {"status": status, "claim_token": None, "heartbeat_at": None, "finished_at": timezone.now()}
        if not held.update(**ended, **fields):
            raise LostClaim
        announce_end(job=job, status=status)

    def _tell_end(self, job: Job) -> None:
        self._heartbeat.finished(job.id)
        self._ended.add(job.id)
        job.refresh_from_db(fields=["status", "step", "steps"])
        publish(job, eta_seconds=0)

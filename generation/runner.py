"""Running a claim: engine, progress, content, and the one transition to a terminal state."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import redis
import stamina
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

import content.services
from accounts.services import record_use
from common.errors import AtelierError
from content.models import Kind
from content.selectors import visible_content
from generation.cancellation import cancelled_among
from generation.claim import Claim, give_back
from generation.couriers import send_courier
from generation.engines.base import ImageRequest, ImageResult
from generation.engines.errors import EngineError, OutOfMemory
from generation.errors import LostClaim, WorkerStopping
from generation.events import publish
from generation.heartbeat import Heartbeat
from generation.models import Job, JobOutput, Status
from generation.workshop import Workshop

logger = logging.getLogger(__name__)

# A preview costs a decode: pictures that are done sooner than this have none.
_PREVIEW_SECONDS = 1.0
# An eye sees no more than this; steps of a small model are shorter.
_TELL_SECONDS = 0.1
_REDIS_AWAY_SECONDS = 2.0


def run_claim(claim: Claim, *, workshop: Workshop, stopping: threading.Event) -> None:
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
        except AtelierError as error:
            logger.warning("Jobs of claim %s failed: %s", claim.token, error.message, exc_info=error)
            run.fail(error)
        except Exception:
            logger.exception("Jobs of claim %s failed", claim.token)
            run.fail(EngineError())


class _Run:
    def __init__(self, claim: Claim, heartbeat: Heartbeat, workshop: Workshop, stopping: threading.Event) -> None:
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
        jobs = self._claim.jobs
        if not jobs:
            return
        # The rows say "running" since the claim: those who watch hear it before a model is loaded.
        for job in jobs:
            publish(job)
        requests = [(job, request) for job in jobs for request in _requests(job)]
        with self._workshop.engine_for(jobs[0].checkpoint) as engine:
            self._heartbeat.progressed()
            results: dict[UUID, list[ImageResult]] = {job.id: [] for job in jobs}
            seconds: dict[UUID, float] = {job.id: 0.0 for job in jobs}
            size = engine.spec.max_batch
            for start in range(0, len(requests), size):
                chunk = requests[start : start + size]
                started = time.monotonic()
                made = engine.run([request for _, request in chunk], self._on_step([job for job, _ in chunk], results))
                share = (time.monotonic() - started) / len(chunk)
                for (job, _), result in zip(chunk, made, strict=True):
                    results[job.id].append(result)
                    seconds[job.id] += share
        for job in self.unfinished():
            try:
                self._finish(job, results[job.id], seconds[job.id])
            except LostClaim:
                logger.info("The result of job %s is discarded: its claim is gone", job.id)
            self._ended.add(job.id)

    def _on_step(self, jobs: Sequence[Job], results: dict[UUID, list[ImageResult]]) -> Callable[..., None]:
        started = time.monotonic()

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
                images = int(job.params.get("number_of_images", 1))
                job.step, job.steps = len(results[job.id]) * steps + step, images * steps
                if told and job.id not in unwanted and job not in jobs[:index]:
                    eta = pace * (job.steps - job.step)
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

    def _finish(self, job: Job, results: Sequence[ImageResult], engine_seconds: float) -> None:
        """Blocks first, then in one transaction the rows: content without bytes can never be seen."""
        stored = [content.services.store(result.data) for result in results]
        self._heartbeat.progressed()
        for attempt in stamina.retry_context(on=(OperationalError, InterfaceError), attempts=6, timeout=30):
            with attempt, transaction.atomic():
                self._end_row(
                    job,
                    status=Status.SUCCEEDED,
                    step=job.steps,
                    steps=job.steps,
                    engine_seconds=engine_seconds,
                    padded_batch_size=results[0].metadata.get("padded_batch_size", 1),
                )
                for index, (result, file) in enumerate(zip(results, stored, strict=True)):
                    row = content.services.register(
                        owner=job.owner,
                        stored=file,
                        kind=Kind.IMAGE,
                        media_type=result.media_type,
                        prompt=job.params.get("prompt", ""),
                        provenance=_provenance(job, result),
                        visibility=job.visibility,
                        width=result.width,
                        height=result.height,
                    )
                    JobOutput.objects.create(job=job, index=index, content=row)
                record_use(owner=job.owner, engine_seconds=engine_seconds)
        self._tell_end(job)

    def fail(self, error: AtelierError) -> None:
        """Every job of the claim that has not ended fails with the error's sentence."""
        for job in self.unfinished():
            try:
                for attempt in stamina.retry_context(on=(OperationalError, InterfaceError), attempts=6, timeout=30):
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

    def _end_row(self, job: Job, **fields: object) -> None:
        held = Job.objects.filter(id=job.id, claim_token=self._claim.token, status=Status.RUNNING)
        if not held.update(claim_token=None, heartbeat_at=None, finished_at=timezone.now(), **fields):
            raise LostClaim

    def _tell_end(self, job: Job) -> None:
        self._heartbeat.finished(job.id)
        self._ended.add(job.id)
        job.refresh_from_db(fields=["status", "step", "steps"])
        publish(job, eta_seconds=0)


def _requests(job: Job) -> list[ImageRequest]:
    params = job.params
    image = None
    if params.get("image"):
        image = content.services.read_bytes(content=visible_content(cid=params["image"], viewer=job.owner))
    return [
        ImageRequest(
            prompt=params.get("prompt") or "",
            negative_prompt=params.get("negative_prompt") or "",
            seed=(params["seed"] + index) % 2**32,
            width=params["width"],
            height=params["height"],
            num_inference_steps=params["num_inference_steps"],
            guidance_scale=params["guidance_scale"],
            image=image,
            strength=params.get("strength"),
        )
        for index in range(int(params.get("number_of_images", 1)))
    ]


def _provenance(job: Job, result: ImageResult) -> dict[str, object]:
    return {
        "engine": result.metadata.get("engine", ""),
        "model": job.checkpoint.slug,
        "revision": result.metadata.get("revision", job.checkpoint.revision),
        "seed": result.metadata.get("seed"),
        "parameters": result.metadata,
        "parents": [job.params["image"]] if job.params.get("image") else [],
    }

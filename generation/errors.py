"""What can go wrong with a job before and while it runs."""

from common.errors import AtelierError, Conflict, InvalidInput, NotFound, ServiceUnavailable

# The code of jobs whose prompt a provider's filter refused (`generation.engines.providers.failures`).
PROMPT_FILTERED = "prompt_filtered"
# What a job was asked for, and not how it was run, is what these codes of failed jobs blame.
REFUSALS = (InvalidInput.code, PROMPT_FILTERED)


class ModelNotFound(NotFound):
    """No checkpoint or personal model of that name for this caller."""

    code = "model_not_found"
    message = "There is no such model."


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_conflict"
    message = "This Idempotency-Key was used for a different request."


class JobFinished(Conflict):
    """A terminal job cannot be cancelled."""

    code = "job_finished"
    message = "The job has already ended."


class QueueFull(ServiceUnavailable):
    """Too many jobs wait, of all users together."""

    code = "queue_full"
    message = "The queue is full. Try again in a minute."


class NoWorker(ServiceUnavailable):
    """Nobody who could run this has been seen lately."""

    code = "no_worker"
    message = "No worker that can do this is running. Start one with `manage.py worker`, or try again later."


class LostClaim(AtelierError):
    """The job is no longer this worker's: it was cancelled, or another worker has it. Its result must be dropped."""

    code = "lost_claim"
    message = "The job was taken from this worker."


class WorkerStopping(AtelierError):
    """The worker was told to stop: its jobs go back to the queue."""

    code = "worker_stopping"
    message = "The worker is stopping."


class WorkerDied(AtelierError):
    """The job's worker went away too often."""

    code = "worker_died"
    message = "The worker that ran this job stopped unexpectedly several times. Try a smaller size or fewer steps."

"""Whether the bucket of `S3_BUCKET` answers: asked at most every few seconds, however often somebody wants to know."""

import logging
import threading
import time

from content.errors import StorageUnavailable

logger = logging.getLogger(__name__)

# How long an answer counts, and how long a probe waits for one.
_FRESH_SECONDS = 10.0
_PATIENCE_SECONDS = 3.0


class BucketProbe:
    """The last answer, and the question that is under way: there is one at a time, whoever waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers = False
        self._known_at: float | None = None
        self._asking: threading.Thread | None = None

    def answers(self) -> bool:
        """Whether the bucket can be listed; False also where it is silent for a few seconds."""
        with self._lock:
            if self._known_at is not None and time.monotonic() - self._known_at < _FRESH_SECONDS:
                return self._answers
            if self._asking is None:
                # A daemon: a storage that is silent must not keep the process.
                self._asking = threading.Thread(target=self._ask, name="bucket", daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(_PATIENCE_SECONDS)
        with self._lock:
            return self._answers and not asking.is_alive()

    def _ask(self) -> None:
        answers = False
        try:
            # Here, as boto3 takes a second and only this needs it.
            from content.storage.objects import configured_bucket

            next(configured_bucket().pages("", size=1), None)
            answers = True
        except StorageUnavailable as error:
            logger.debug("Not ready: %s", error)
        except Exception:
            logger.exception("The bucket could not be asked")
        finally:
            with self._lock:
                self._answers, self._known_at, self._asking = answers, time.monotonic(), None


_probe = BucketProbe()


def bucket_answers() -> bool:
    """Whether the configured bucket answers, as of a few seconds ago at most."""
    return _probe.answers()

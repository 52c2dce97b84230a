"""What the adapters of providers share: the spec, tries, timeouts, and errors without secrets."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import stamina

from common.errors import AtelierError, InvalidInput
from generation.engines.base import EngineSpec, OnStep, Weights
from generation.engines.errors import EngineError
from generation.engines.providers.calls import run_watched
from generation.engines.providers.failures import Cause, ProviderError, is_worth_another_try, provider_error

_log = logging.getLogger(__name__)

# Requests of one job that are under way at the same time.
AT_ONCE = 4
CONNECT_SECONDS = 10.0
# Pauses grow to this many times the first one.
_LONGEST_PAUSE = 8

RequestT = TypeVar("RequestT")
ResultT = TypeVar("ResultT")


class ProviderEngine(ABC, Generic[RequestT, ResultT]):
    """An engine (see `Engine`) that asks a provider. `weights.source` is the model's id there.

    `timeout` is the seconds that one try may take, `attempts` how many there are for failures that pass, `pause` the
    seconds before the second one.
    """

    name: ClassVar[str]
    capability: ClassVar[str]
    title: ClassVar[str]
    # What to do about a cause, where this provider has a better sentence than the catalogue.
    remedies: ClassVar[Mapping[Cause, str]] = {}

    def __init__(
        self,
        weights: Weights,
        *,
        device: str,
        dtype: str,
        max_batch: int,
        timeout: float = 120.0,
        attempts: int = 3,
        pause: float = 1.0,
    ) -> None:
        """`device`, `dtype` and `max_batch` are those of this machine, which does none of the work."""
        self._weights = weights
        self._timeout, self._attempts, self._pause = timeout, attempts, pause
        self._client: Any = None
        self.spec = EngineSpec(
            name=self.name,
            capability=self.capability,
            family=weights.family,
            native_size=weights.native_size,
            max_batch=AT_ONCE,
            bytes=0,
            device="remote",
            dtype="",
            licence=weights.licence,
        )

    def load(self) -> None:
        """Make the client; nothing is sent. Raises `EngineLoadError` with the remedy."""
        if self._client is None:
            self._client = self._connect()

    def unload(self) -> None:
        """Forget the client. `load` may follow."""
        self._client = None

    def run(self, requests: Sequence[RequestT], on_step: OnStep) -> list[ResultT]:
        """One result for each request, in order; see `Engine.run`. Requests are sent at the same time."""
        if self._client is None:
            raise RuntimeError("the engine is not loaded")
        if not 1 <= len(requests) <= self.spec.max_batch:
            raise ValueError(f"a run takes 1 to {self.spec.max_batch} requests, not {len(requests)}")
        calls = [partial(self._ask_patiently, request) for request in requests]
        return run_watched(calls, on_step)

    def _ask_patiently(self, request: RequestT, given_up: threading.Event) -> ResultT:
        for attempt in stamina.retry_context(
            on=is_worth_another_try,
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._pause,
            wait_jitter=self._pause,
            wait_max=self._pause * _LONGEST_PAUSE,
        ):
            with attempt:
                if given_up.is_set():
                    raise EngineError("Nobody waits for this any more.")
                return self._ask_once(request)
        raise AssertionError("stamina returns or raises")

    def _ask_once(self, request: RequestT) -> ResultT:
        try:
            return self._ask(request)
        except AtelierError:
            raise
        except Exception as error:
            cause, said = self._diagnose(error)
            # Neither the error itself nor its traceback is logged: SDKs put headers and bodies into them.
            _log.warning("%s answered with %s (%s)", self.title, type(error).__name__, cause)
            raise self._failure(cause, said) from None

    def _failure(self, cause: Cause, said: str = "") -> ProviderError | InvalidInput:
        return provider_error(
            cause,
            provider=self.title,
            model=self._weights.source,
            seconds=self._timeout,
            remedies=self.remedies,
            said=said,
        )

    def _provenance(self) -> dict[str, Any]:
        """What the metadata of every result says. `model_id` is the provider's name of the model."""
        return {
            "engine": self.name,
            "model": self._weights.slug,
            "model_id": self._weights.source,
            "revision": self._weights.revision,
        }

    @abstractmethod
    def _connect(self) -> Any:
        """The SDK's client. Raises `EngineLoadError`."""

    @abstractmethod
    def _ask(self, request: RequestT) -> ResultT:
        """One try: raises the SDK's errors, `InvalidInput`, or what `_failure` makes."""

    @abstractmethod
    def _diagnose(self, error: Exception) -> tuple[Cause, str]:
        """The cause of an SDK's error, and the provider's own sentence where it may be shown."""

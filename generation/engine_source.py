"""Where a runner gets its engines: an inference worker's models, or the providers of a process without torch."""

from contextlib import AbstractContextManager
from typing import Protocol

from generation.engines.base import Engine
from generation.models import Checkpoint, PersonalModel


class EngineSource(Protocol):
    """The engines of one process."""

    def engine_for(
        self, checkpoint: Checkpoint, personal: PersonalModel | None = None
    ) -> AbstractContextManager[Engine]:
        """The loaded engine of a checkpoint, or of what takes its place, for this thread while the context lasts.

        Raises `EngineLoadError`.
        """
        ...

    def drop_all(self) -> int:
        """Unload what is idle; what is in use, when it is released. Returns the number."""
        ...

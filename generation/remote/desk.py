"""The engines of providers in this process: clients that several threads use, each its own at a time."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from django.conf import settings

from generation.checkpoints import engine_entry, weights_of
from generation.engines.base import Engine
from generation.engines.errors import EngineLoadError
from generation.engines.registry import EngineKey, create_engine, engine_key, read_entries
from generation.models import Checkpoint, PersonalModel

_PLACE: dict[str, Any] = {"device": "remote", "dtype": "", "max_batch": 1}


class ProviderDesk:
    """An `EngineSource` of remote engines alone. They hold no models, so idle ones are just kept."""

    def __init__(self) -> None:
        self._entries = read_entries(settings.ENGINES)
        self._guard = Lock()
        self._idle: defaultdict[EngineKey, list[Engine]] = defaultdict(list)

    @contextmanager
    def engine_for(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> Iterator[Engine]:
        """The engine that asks a checkpoint's provider. Raises `EngineLoadError`, also for a model that runs here."""
        entry = engine_entry(checkpoint)
        if not entry.is_remote:
            raise EngineLoadError(f"{checkpoint.slug} runs on inference workers, not where providers are asked.")
        weights = weights_of(checkpoint)
        key = engine_key(self._entries, entry.name, weights, **_PLACE)
        with self._guard:
            engine = self._idle[key].pop() if self._idle[key] else None
        if engine is None:
            engine = create_engine(self._entries, entry.name, weights, **_PLACE)
            engine.load()
        try:
            yield engine
        finally:
            with self._guard:
                self._idle[key].append(engine)

    def drop_all(self) -> int:
        """Forget every idle client; returns their number."""
        with self._guard:
            idle = [engine for engines in self._idle.values() for engine in engines]
            self._idle.clear()
        for engine in idle:
            engine.unload()
        return len(idle)

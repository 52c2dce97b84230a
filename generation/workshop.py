"""The engines of one worker: which one runs a checkpoint, and how many stay loaded."""

from contextlib import AbstractContextManager
from typing import cast

from django.conf import settings

from generation.checkpoints import engine_name
from generation.engines.base import Engine, TakesLoras
from generation.engines.cache import EngineCache
from generation.engines.devices import UseGpu, choose_device, use_available_cpus
from generation.engines.registry import create_engine, engine_key, read_entries
from generation.models import Checkpoint, PersonalModel
from generation.personal.weights import lora_for, weights_for


class Workshop:
    """The engine cache of this process and the device it uses. Making one imports torch."""

    def __init__(self) -> None:
        use_available_cpus()
        self.device = choose_device(cast(UseGpu, settings.USE_GPU))
        self._entries = read_entries(settings.ENGINES)
        self._cache = EngineCache(settings.ENGINE_CACHE_BYTES or self.device.default_cache_bytes)

    def max_batch(self) -> int:
        """How many images one engine call may make."""
        return settings.MAX_BATCH or self.device.default_max_batch

    def engine_for(
        self, checkpoint: Checkpoint, personal: PersonalModel | None = None
    ) -> AbstractContextManager[Engine]:
        """The loaded engine of a checkpoint, or of a pipeline that takes its place, kept while the context lasts.

        Raises `EngineLoadError`.
        """
        name, weights = engine_name(checkpoint), weights_for(checkpoint, personal)
        device, dtype, max_batch = self.device.name, self.device.dtype, self.max_batch()
        key = engine_key(self._entries, name, weights, device=device, dtype=dtype, max_batch=max_batch)
        return self._cache.use(
            key,
            lambda: create_engine(self._entries, name, weights, device=device, dtype=dtype, max_batch=max_batch),
        )

    def load(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> None:
        """Have ready what a job with these would ask for. Raises `EngineLoadError` and `OutOfMemory`."""
        lora = lora_for(personal)
        with self.engine_for(checkpoint, personal) as engine:
            if lora is not None and isinstance(engine, TakesLoras):
                engine.keep_lora(lora)

    def drop(self, checkpoint: Checkpoint, personal: PersonalModel | None = None) -> int:
        """Unload a checkpoint, or what a personal model adds to it: its pipeline, or its LoRA. Returns how many."""
        lora = lora_for(personal)
        if lora is None:
            slug = weights_for(checkpoint, personal).slug
            return self._cache.drop(lambda spec: spec.slug == slug)
        if checkpoint.slug not in self.loaded():
            return 0
        with self.engine_for(checkpoint, personal) as engine:
            return int(isinstance(engine, TakesLoras) and engine.forget_lora(lora))

    def loaded(self) -> list[str]:
        """The models in memory: checkpoints by their slugs, pipelines of people's own by their sources."""
        return [spec.slug for spec in self._cache.loaded()]

    def drop_all(self) -> int:
        """Unload every model that is not in use right now, those in use when they are released. Returns the number."""
        return self._cache.drop_all()

"""From `settings.ENGINES` to engines. Reading entries imports no adapter: the web process looks, workers create."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from generation.engines.base import Engine, Weights
from generation.engines.errors import EngineLoadError

# Jobs of providers wait here: processes without torch serve it.
REMOTE_QUEUE = "remote"


class WrongEngineSetting(EngineLoadError):
    """An entry of `ENGINES` cannot be used; the sentence names it and the remedy. The other entries still work."""


@dataclass(frozen=True)
class EngineEntry:
    """One way to run a capability: `backend` is the adapter's dotted path, `options` its keyword arguments.

    `queue` is where its jobs wait, `checkpoint` describes its weights. Several entries may serve one capability.
    """

    name: str
    capability: str
    backend: str
    queue: str
    options: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_remote(self) -> bool:
        """Whether a provider on the network does the work: there are no files here, and no model to load."""
        return self.queue == REMOTE_QUEUE


class EngineKey(NamedTuple):
    """What changes the loaded graph: the cache holds one engine for each."""

    backend: str
    source: str
    revision: str
    device: str
    dtype: str
    options: str


def read_entries(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, EngineEntry]:
    """The entries by name, without importing an adapter. Raises `WrongEngineSetting` for a malformed one."""
    return {name: _read_entry(name, entry) for name, entry in settings.items()}


def find_entry(entries: Mapping[str, EngineEntry], name: str) -> EngineEntry:
    """The entry named so. Raises `EngineLoadError` with the remedy where there is none."""
    try:
        return entries[name]
    except KeyError:
        known = ", ".join(sorted(entries)) or "none"
        raise EngineLoadError(
            f"No engine for {name!r} is configured (there are: {known}). "
            "Add it to ENGINES, or choose another MODEL_PROFILE."
        ) from None


def create_engine(
    entries: Mapping[str, EngineEntry], name: str, weights: Weights, *, device: str, dtype: str, max_batch: int
) -> Engine:
    """A new engine that is not loaded yet.

    `device` is "cpu", "cuda" or "mps", `dtype` "float32", "bfloat16" or "float16". Raises `EngineLoadError` for an
    unknown name and `WrongEngineSetting` for a dotted path or options that do not fit.
    """
    entry = find_entry(entries, name)
    backend = _import_backend(entry)
    try:
        engine: Engine = backend(weights, device=device, dtype=dtype, max_batch=max_batch, **entry.options)
    except TypeError as error:
        raise WrongEngineSetting(f"ENGINES[{name!r}]['OPTIONS'] does not fit {entry.backend}: {error}.") from error
    return engine


def engine_key(
    entries: Mapping[str, EngineEntry], name: str, weights: Weights, *, device: str, dtype: str, max_batch: int
) -> EngineKey:
    """Under which key the cache holds the engine that `create_engine` makes of the same arguments."""
    entry = find_entry(entries, name)
    options = repr((weights.native_size, max_batch, sorted(entry.options.items())))
    return EngineKey(entry.backend, weights.source, weights.revision, device, dtype, options)


def _read_entry(name: str, entry: Mapping[str, Any]) -> EngineEntry:
    unknown = set(entry) - {"BACKEND", "CAPABILITY", "OPTIONS", "QUEUE", "CHECKPOINT"}
    if unknown:
        raise WrongEngineSetting(
            f"ENGINES[{name!r}] has unknown keys: {', '.join(sorted(unknown))}. "
            "Use BACKEND, CAPABILITY, OPTIONS, QUEUE and CHECKPOINT."
        )
    for key in ("BACKEND", "QUEUE"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise WrongEngineSetting(f"ENGINES[{name!r}] has no {key}. Write it as a text.")
    return EngineEntry(
        name=name,
        capability=entry.get("CAPABILITY", name),
        backend=entry["BACKEND"],
        queue=entry["QUEUE"],
        options=entry.get("OPTIONS", {}),
        checkpoint=entry.get("CHECKPOINT", {}),
    )


def _import_backend(entry: EngineEntry) -> Any:
    module_path, _, attribute = entry.backend.rpartition(".")
    example = "generation.engines.stable_diffusion.StableDiffusionEngine"
    try:
        return getattr(import_module(module_path), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise WrongEngineSetting(
            f"ENGINES[{entry.name!r}]['BACKEND'] is {entry.backend!r}, which cannot be imported ({error}). "
            f"Write a dotted path to a class, such as {example}."
        ) from error

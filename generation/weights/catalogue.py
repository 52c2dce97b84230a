"""Which models the profile names, and where their files lie. No network, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from generation.engines.registry import EngineEntry, WrongEngineSetting, read_entries
from generation.weights.errors import UnknownModel

# The family of the models that this repository trains and ships.
DEMO_FAMILY = "atelier-demo"


class Origin(StrEnum):
    """Where a model's files come from: this repository, a folder of the operator's, the hub, or one https address."""

    SHIPPED = "shipped"
    FOLDER = "folder"
    HUB = "hub"
    WEB = "web"


@dataclass(frozen=True)
class Model:
    """One checkpoint with files, as `config.profiles` describes it; `engine` is the name of its entry."""

    slug: str
    engine: str
    capability: str
    family: str
    source: str
    revision: str = ""
    native_size: int | None = None
    licence: str = ""
    files: tuple[str, ...] = ()
    download_bytes: int = 0

    @property
    def origin(self) -> Origin:
        return origin_of(self.source)

    @property
    def folder(self) -> Path:
        return folder_of(self.source)

    @property
    def is_downloaded(self) -> bool:
        """Whether its files are fetched by `manage.py models download`."""
        return self.origin in (Origin.HUB, Origin.WEB)

    @property
    def restore(self) -> str:
        return restore_sentence(self.source, self.slug)


def models() -> list[Model]:
    """The models whose files belong on this machine, in the order of the entries. Raises `WrongEngineSetting`."""
    return [model_of(entry) for entry in read_entries(settings.ENGINES).values() if not entry.is_remote]


def find_models(slugs: Iterable[str]) -> list[Model]:
    """The models named, or all where none is. Raises `UnknownModel`."""
    known = {model.slug: model for model in models()}
    wanted = list(dict.fromkeys(slugs))
    unknown = [slug for slug in wanted if slug not in known]
    if unknown:
        raise UnknownModel(
            f"The profile {settings.MODEL_PROFILE} has no model {unknown[0]!r}; it has {', '.join(known)}. "
            "MODEL_PROFILE chooses the profile."
        )
    return [known[slug] for slug in wanted] or list(known.values())


def origin_of(source: str) -> Origin:
    if Path(source).is_absolute():
        return Origin.SHIPPED if Path(source).is_relative_to(settings.MODELS_DIR) else Origin.FOLDER
    return Origin.WEB if urlsplit(source).scheme in ("http", "https") else Origin.HUB


def folder_of(source: str) -> Path:
    """Where the files of a source lie on this machine: an operator finds the hub's `a/b` in `WEIGHTS_DIR/a/b`."""
    match origin_of(source):
        case Origin.HUB:
            return Path(settings.WEIGHTS_DIR, *source.split("/"))
        case Origin.WEB:
            return Path(settings.WEIGHTS_DIR, Path(urlsplit(source).path).stem)
        case _:
            return Path(source)


def restore_sentence(source: str, slug: str) -> str:
    """How to get the files of a source back. Users see it in the error of a job: it names no folder outside."""
    match origin_of(source):
        case Origin.SHIPPED:
            place = Path(source).relative_to(settings.BASE_DIR)
            return f"Restore it with `git checkout -- {place}`, or make it anew with `make demo-models`."
        case Origin.FOLDER:
            return "Put its files back into their folder."
        case _:
            return f"Run `manage.py models download {slug}`."


def readable_size(count: int) -> str:
    """A number of bytes for people, in powers of 1000 as disks are sold."""
    for limit, unit, digits in ((10**9, "GB", 1), (10**6, "MB", 0 if count >= 10**7 else 1), (10**3, "kB", 0)):
        if count >= limit:
            return f"{count / limit:.{digits}f} {unit}"
    return f"{count} bytes"


def model_of(entry: EngineEntry) -> Model:
    """The model that an entry describes. Raises `WrongEngineSetting`."""
    described: Mapping[str, Any] = entry.checkpoint
    try:
        files = tuple(described.get("files", ()))
        return Model(engine=entry.name, capability=entry.capability, **{**described, "files": files})
    except TypeError as error:
        raise WrongEngineSetting(f"ENGINES[{entry.name!r}]['CHECKPOINT'] cannot be used: {error}.") from error

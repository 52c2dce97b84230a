"""The models of the settings as rows, and the entry of the settings that says how each is run."""

from django.conf import settings
from django.db import DatabaseError

from common.database import transactional
from content.models import Content
from generation.engines.base import Weights
from generation.engines.manifests import DamagedManifest, read_manifest
from generation.engines.registry import EngineEntry, find_entry, read_entries
from generation.engines.revisions import content_revision
from generation.errors import ModelNotFound
from generation.models import Capability, Checkpoint
from generation.weights.catalogue import DEMO_FAMILY, Model, folder_of, model_of, models, restore_sentence


def engine_entry(checkpoint: Checkpoint) -> EngineEntry:
    """How a checkpoint is run; raises `EngineLoadError` where the settings have no such engine (any more)."""
    return find_entry(read_entries(settings.ENGINES), engine_name(checkpoint))


def engine_name(checkpoint: Checkpoint) -> str:
    """The name of the entry of `ENGINES` that runs a checkpoint."""
    return checkpoint.engine or checkpoint.capability


def default_engine(capability: str) -> str:
    """The entry that the settings name for requests without a model: the operator's choice, else that of the same name.

    An administrator's choice goes before it (`generation.defaults`).
    """
    return str(settings.DEFAULT_ENGINES.get(capability, capability))


@transactional
def synchronise() -> None:
    """Make the rows say what the settings say: one default checkpoint for each configured capability. Idempotent.

    The default is what an administrator chose, if the settings still have its engine, else what they name.
    A model whose folder is not there gets no row; one that has a row keeps it, and its jobs say what is missing.
    Models to download have rows from the start: their jobs say how to download them. So have those of providers.
    """
    for model in models():
        if model.is_downloaded or model.folder.is_dir():
            _write_row(model, revision=_revision_of(model))
    for entry in read_entries(settings.ENGINES).values():
        if entry.is_remote:
            _write_row(model_of(entry), revision="")
    for capability in Capability:
        settle_default(capability)


def settle_default(capability: str) -> None:
    """Write which checkpoint is the default of `capability`; within a transaction."""
    default = chosen_default(capability) or default_by_settings(capability)
    if default is not None:
        Checkpoint.objects.filter(default_for=capability).exclude(pk=default.pk).update(default_for=None)
        Checkpoint.objects.filter(pk=default.pk).update(default_for=capability)


def chosen_default(capability: str) -> Checkpoint | None:
    """The checkpoint that an administrator chose and that the settings have an engine for."""
    chosen = Checkpoint.objects.filter(chosen_for=capability).first()
    return chosen if chosen is not None and is_runnable(chosen) else None


def default_by_settings(capability: str) -> Checkpoint | None:
    """The row of the model that the settings name; None where they name none, or it never was on this machine."""
    slug = model_of_engine(default_engine(capability))
    return Checkpoint.objects.filter(slug=slug).first() if slug else None


def is_runnable(checkpoint: Checkpoint) -> bool:
    """Whether the settings have an engine for it, for what it does."""
    entry = read_entries(settings.ENGINES).get(engine_name(checkpoint))
    return entry is not None and entry.capability == checkpoint.capability


def _write_row(model: Model, *, revision: str) -> None:
    Checkpoint.objects.update_or_create(
        slug=model.slug,
        defaults={
            "capability": model.capability,
            "engine": model.engine,
            "family": model.family,
            "source": model.source,
            "revision": revision,
            "native_size": model.native_size,
            "licence": model.licence,
        },
    )


def registered_revision(slug: str) -> str:
    """The revision in the row of `slug`; empty where there is no row, or no database."""
    try:
        return Checkpoint.objects.filter(slug=slug).values_list("revision", flat=True).first() or ""
    except DatabaseError:
        return ""


def is_registered(slug: str) -> bool:
    """Whether there is a row of `slug`; also true where no database can tell."""
    try:
        return Checkpoint.objects.filter(slug=slug).exists()
    except DatabaseError:
        return True


def is_default(model: Model) -> bool:
    """Whether requests that name none get this model; where no database can tell, whether the settings say so."""
    try:
        return Checkpoint.objects.filter(slug=model.slug, default_for=model.capability).exists()
    except DatabaseError:
        return default_engine(model.capability) == model.engine


def find_checkpoint(*, capability: str, slug: str | None) -> Checkpoint:
    """The checkpoint named `slug`, or the capability's default for None and "default".

    Raises `ModelNotFound`, also for one whose engine the settings do not have any more, and `EngineLoadError` where
    they have none for the capability.
    """
    by_default = slug in (None, "", "default")
    wanted = {"default_for": capability} if by_default else {"slug": slug, "capability": capability}
    checkpoint = Checkpoint.objects.filter(**wanted).first()
    if checkpoint is not None and is_runnable(checkpoint):
        return checkpoint
    if by_default:
        find_entry(read_entries(settings.ENGINES), default_engine(capability))
    raise ModelNotFound


def model_of_engine(name: str) -> str | None:
    """The slug of the checkpoint that the entry `name` of `ENGINES` describes; None where there is no such entry."""
    entry = read_entries(settings.ENGINES).get(name)
    return model_of(entry).slug if entry else None


def made_by_demo_model(content: Content) -> bool:
    """Whether a piece of content says that one of this repository's small models made it."""
    slug = content.provenance.get("model")
    return isinstance(slug, str) and Checkpoint.objects.filter(slug=slug, family=DEMO_FAMILY).exists()


def weights_of(checkpoint: Checkpoint) -> Weights:
    """What an engine needs to know of a row, on this machine."""
    return Weights(
        slug=checkpoint.slug,
        source=checkpoint.source if _is_remote(checkpoint) else str(folder_of(checkpoint.source)),
        revision=checkpoint.revision,
        family=checkpoint.family,
        native_size=512 if checkpoint.native_size is None else checkpoint.native_size,
        licence=checkpoint.licence,
        restore=restore_sentence(checkpoint.source, checkpoint.slug),
    )


def _is_remote(checkpoint: Checkpoint) -> bool:
    entry = read_entries(settings.ENGINES).get(engine_name(checkpoint))
    return entry is not None and entry.is_remote


def _revision_of(model: Model) -> str:
    """The pinned revision, else what the folder's manifest says, else the hash of what lies there.

    The manifest comes first: a file that is damaged now must not become the right one.
    """
    if model.revision:
        return model.revision
    try:
        manifest = read_manifest(model.folder)
        if manifest is not None:
            return manifest.revision
        return content_revision(model.folder)
    except (DamagedManifest, FileNotFoundError):
        return registered_revision(model.slug)

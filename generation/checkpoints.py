"""The profile's models as rows, and the settings entry that says how each capability is run."""

from django.conf import settings
from django.db import DatabaseError, transaction

from content.models import Content
from generation.engines.base import Weights
from generation.engines.manifests import DamagedManifest, read_manifest
from generation.engines.registry import EngineEntry, find_entry, read_entries
from generation.engines.revisions import content_revision
from generation.errors import ModelNotFound
from generation.models import Checkpoint
from generation.weights.catalogue import DEMO_FAMILY, Model, folder_of, models, restore_sentence


def engine_entry(capability: str) -> EngineEntry:
    """How `capability` is run; raises `EngineLoadError` where the settings name no engine for it."""
    return find_entry(read_entries(settings.ENGINES), capability)


@transaction.atomic
def synchronise() -> None:
    """Make the rows say what the profile says: one default checkpoint for each configured capability. Idempotent.

    A model whose folder is not there gets no row; one that has a row keeps it, and its jobs say what is missing.
    Models to download have rows from the start: their jobs say how to download them.
    """
    for model in models():
        if not model.is_downloaded and not model.folder.is_dir():
            continue
        Checkpoint.objects.filter(default_for=model.capability).exclude(slug=model.slug).update(default_for=None)
        Checkpoint.objects.update_or_create(
            slug=model.slug,
            defaults={
                "capability": model.capability,
                "family": model.family,
                "source": model.source,
                "revision": _revision_of(model),
                "native_size": model.native_size,
                "licence": model.licence,
                "default_for": model.capability,
            },
        )


def registered_revision(slug: str) -> str:
    """The revision in the row of `slug`; empty where there is no row, or no database."""
    try:
        return Checkpoint.objects.filter(slug=slug).values_list("revision", flat=True).first() or ""
    except DatabaseError:
        return ""


def find_checkpoint(*, capability: str, slug: str | None) -> Checkpoint:
    """The checkpoint named `slug`, or the capability's default for None and "default"; raises `ModelNotFound`."""
    wanted = {"default_for": capability} if slug in (None, "", "default") else {"slug": slug, "capability": capability}
    checkpoint = Checkpoint.objects.filter(**wanted).first()
    if checkpoint is None:
        raise ModelNotFound
    return checkpoint


def made_by_demo_model(content: Content) -> bool:
    """Whether a piece of content says that one of this repository's small models made it."""
    slug = content.provenance.get("model")
    return bool(slug) and Checkpoint.objects.filter(slug=slug, family=DEMO_FAMILY).exists()


def weights_of(checkpoint: Checkpoint) -> Weights:
    """What an engine needs to know of a row, on this machine."""
    return Weights(
        slug=checkpoint.slug,
        source=str(folder_of(checkpoint.source)),
        revision=checkpoint.revision,
        family=checkpoint.family,
        native_size=512 if checkpoint.native_size is None else checkpoint.native_size,
        licence=checkpoint.licence,
        restore=restore_sentence(checkpoint.source, checkpoint.slug),
    )


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

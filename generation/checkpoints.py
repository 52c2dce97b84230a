"""The profile's models as rows, and the settings entry that says how each capability is run."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from generation.engines.base import Weights
from generation.engines.registry import EngineEntry, find_entry, read_entries
from generation.engines.revisions import content_revision
from generation.errors import ModelNotFound
from generation.models import Checkpoint


def engine_entry(capability: str) -> EngineEntry:
    """How `capability` is run; raises `EngineLoadError` where the settings name no engine for it."""
    return find_entry(read_entries(settings.ENGINES), capability)


@transaction.atomic
def synchronise() -> None:
    """Make the rows say what the profile says: one default checkpoint for each configured capability. Idempotent."""
    for capability, entry in read_entries(settings.ENGINES).items():
        described = entry.checkpoint
        source = described["source"]
        revision = described.get("revision", "")
        if not revision and Path(source).is_dir():
            revision = content_revision(Path(source))
        Checkpoint.objects.filter(default_for=capability).exclude(slug=described["slug"]).update(default_for=None)
        Checkpoint.objects.update_or_create(
            slug=described["slug"],
            defaults={
                "capability": capability,
                "family": described["family"],
                "source": source,
                "revision": revision,
                "native_size": described.get("native_size"),
                "licence": described.get("licence", ""),
                "default_for": capability,
            },
        )


def find_checkpoint(*, capability: str, slug: str | None) -> Checkpoint:
    """The checkpoint named `slug`, or the capability's default for None and "default"; raises `ModelNotFound`."""
    wanted = {"default_for": capability} if slug in (None, "", "default") else {"slug": slug, "capability": capability}
    checkpoint = Checkpoint.objects.filter(**wanted).first()
    if checkpoint is None:
        raise ModelNotFound
    return checkpoint


def weights_of(checkpoint: Checkpoint) -> Weights:
    """What an engine needs to know of a row."""
    return Weights(
        slug=checkpoint.slug,
        source=checkpoint.source,
        revision=checkpoint.revision,
        family=checkpoint.family,
        native_size=checkpoint.native_size or 512,
        licence=checkpoint.licence,
    )

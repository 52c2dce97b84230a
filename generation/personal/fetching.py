"""What the housekeeper does for drafts: fetch their files, look at them, and say how it went."""

import logging
import shutil
import threading
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from accounts.services import check_stored_bytes
from common.errors import AtelierError
from generation.engines.revisions import content_revision, model_files
from generation.models import ModelState, PersonalModel, WeightsKind
from generation.personal import aliases, files, services
from generation.personal.checks import check_lora, check_pipeline
from generation.weights.catalogue import Model
from generation.weights.errors import AccessRefused, DownloadError, HubUnreachable, TooLittleSpace, WrongChecksum

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 2.0
_AGAIN = "Delete the model and add it again."
# `DownloadError`s speak to the person at the terminal; these are for the owner of the model.
_SENTENCES: list[tuple[type[DownloadError], str]] = [
    (HubUnreachable, f"The hub could not be reached. {_AGAIN}"),
    (AccessRefused, "The hub has no such repository, or shows it only to some. Check its name."),
    (TooLittleSpace, "There is too little room for it on the disk of this server. Tell the operator."),
    (WrongChecksum, f"It arrived damaged. {_AGAIN}"),
    (DownloadError, f"The hub has no such revision or file, or it did not arrive whole. {_AGAIN}"),
]
# The parts of a Stable Diffusion pipeline in diffusers' layout, in full precision where there are others beside.
_PIPELINE_FILES = (
    "model_index.json",
    "atelier.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/*",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
)


class TooLarge(DownloadError):
    """A LoRA beyond `LORA_BYTES`."""


@dataclass(frozen=True)
class _Download(Model):
    """A download that lies in a folder of its own: no revision may overwrite another, or the profile's."""

    place: Path = Path()

    @property
    def folder(self) -> Path:
        return self.place


def fetch_until(stopping: threading.Event) -> None:
    """Fetch drafts as they come. For a thread that ends with the process: a download goes on at the next start."""
    while not stopping.wait(_PAUSE_SECONDS):
        close_old_connections()
        try:
            fetch_drafts()
        except Exception:  # The next round may find the database back.
            logger.exception("Personal models could not be fetched")


def fetch_drafts() -> int:
    """Fetch every draft that names a source, one after the other; returns how many were looked at.

    None where another process fetches already.
    """
    with files.only_fetcher() as alone:
        drafts = PersonalModel.objects.filter(state=ModelState.DRAFT).exclude(source="")
        waiting = list(drafts.select_related("owner", "checkpoint").order_by("created_at")) if alone else []
        for model in waiting:
            _fetch(model)
        return len(waiting)


def _fetch(model: PersonalModel) -> None:
    try:
        ready = _fetch_lora(model) if model.kind == WeightsKind.LORA else _fetch_pipeline(model)
    except DownloadError as error:
        logger.warning("Personal model %s was not fetched: %s", model.pk, error.message)
        sentence = error.message if isinstance(error, TooLarge) else _sentence_of(error)
        services.fail(model=model, sentence=sentence)
    except AtelierError as error:
        logger.warning("Personal model %s cannot be used: %s", model.pk, error.message)
        services.fail(model=model, sentence=error.message)
    except Exception:  # It must not stand before all others for ever.
        logger.exception("Personal model %s was not fetched", model.pk)
        services.fail(model=model, sentence=f"It could not be fetched. Tell the operator, or try again: {_AGAIN}")
    else:
        if not ready:
            files.remove_unused(model)


def _fetch_lora(model: PersonalModel) -> bool:
    folder = files.download_folder(model)
    _download(model, folder, (model.file_name,))
    path = folder / model.file_name
    check_lora(path, model.checkpoint)
    with path.open("rb") as file, files.receive(iter(lambda: file.read(2**20), b"")) as draft, files.kept():
        files.keep_lora(draft)
        ready = services.finish(model=model, digest=draft.sha256, size_bytes=draft.size_bytes)
    shutil.rmtree(folder, ignore_errors=True)
    return ready


def _fetch_pipeline(model: PersonalModel) -> bool:
    folder = files.pipeline_folder(model)
    if aliases.folder_name(model.source) is None:
        _download(model, folder, _PIPELINE_FILES)
    native_size = check_pipeline(folder)
    size = sum(path.stat().st_size for path in model_files(folder))
    return services.finish(model=model, digest=content_revision(folder), size_bytes=size, native_size=native_size)


def _download(model: PersonalModel, folder: Path, patterns: tuple[str, ...]) -> None:
    # A draft counts nothing until it is here: those that were added together may not all have room.
    check_stored_bytes(owner=model.owner)
    # Only where something is to be fetched: they need requirements-models.txt.
    look_up: Any = import_module("generation.weights.remote").look_up
    download: Any = import_module("generation.weights.download").download
    wanted = _Download(
        slug=model.alias,
        engine="",
        capability=model.checkpoint.capability,
        family=model.checkpoint.family,
        source=model.source,
        revision=model.revision,
        files=patterns,
        place=folder,
    )
    # The operator's token opens the operator's repositories: to staff alone.
    anonymous = not model.owner.is_staff
    if model.kind == WeightsKind.LORA and look_up(wanted, anonymous=anonymous).bytes > settings.LORA_BYTES:
        raise TooLarge(f"The file is larger than {settings.LORA_BYTES:,} bytes, which is the most for a LoRA.")
    download(wanted, say=logger.info, anonymous=anonymous)


def _sentence_of(error: DownloadError) -> str:
    return next(sentence for kind, sentence in _SENTENCES if isinstance(error, kind))

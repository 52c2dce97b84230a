"""Where the files of personal models lie: LoRAs by their SHA-256, pipelines by repository and commit.

The same file is there once, whoever brought it, and goes when no row names it. Every host whose workers run personal
models shares this folder.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from common.errors import InvalidInput
from content.errors import StorageFull
from generation.models import ModelState, PersonalModel, WeightsKind
from generation.personal.aliases import folder_name

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A draft or a file without a row that is older was left by a process that died.
_ABANDONED_SECONDS = 3600


@dataclass(frozen=True)
class Draft:
    """A file that arrived and has no name yet."""

    path: Path
    sha256: str
    size_bytes: int


def lora_path(sha256: str) -> Path:
    """Where a LoRA lies."""
    return _root() / "loras" / sha256[:2] / f"{sha256}.safetensors"


def pipeline_folder(model: PersonalModel) -> Path:
    """Where a pipeline lies: the operator's own folder, or that of its download."""
    own = folder_name(model.source)
    if own is not None:
        return Path(settings.WEIGHTS_DIR, own)
    return _root() / "pipelines" / model.source.replace("/", "--") / model.revision


def download_folder(model: PersonalModel) -> Path:
    """Where a LoRA's file arrives before it is looked at."""
    return _root() / "drafts" / str(model.pk)


@contextmanager
def receive(pieces: Iterable[bytes]) -> Iterator[Draft]:
    """Write what arrives into a draft, which is gone afterwards unless it was kept.

    Raises `InvalidInput` beyond `LORA_BYTES` and `StorageFull` where there is no room.
    """
    folder = _root() / "tmp"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                digest, size = _write(file.write, pieces)
                file.flush()
                os.fsync(descriptor)
            yield Draft(path, digest, size)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        raise


def keep_lora(draft: Draft) -> None:
    """Move a draft to where LoRAs lie. Hold `kept()` from here until its row is written."""
    target = lora_path(draft.sha256)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.replace(draft.path, target)


@contextmanager
def kept() -> Iterator[None]:
    """While this is held nothing is removed: between a file and its row no sweep may come."""
    with _lock(fcntl.LOCK_SH):
        yield


def only_fetcher() -> AbstractContextManager[bool]:
    """Whether this process alone fetches now. The kernel lets go of it when the process dies."""
    return _lock(fcntl.LOCK_EX | fcntl.LOCK_NB, "fetching.lock")


def remove_unused(model: PersonalModel) -> None:
    """Remove the files of a model that was deleted, unless another row has the same ones."""
    with _lock(fcntl.LOCK_EX):
        shutil.rmtree(download_folder(model), ignore_errors=True)
        if model.kind == WeightsKind.LORA:
            if model.digest and not PersonalModel.objects.filter(digest=model.digest).exists():
                lora_path(model.digest).unlink(missing_ok=True)
        elif folder_name(model.source) is None and not _same_pipeline(model.source, model.revision).exists():
            shutil.rmtree(pipeline_folder(model), ignore_errors=True)


def sweep(now: float) -> int:
    """Remove what has no row and is older than an hour (`now` in seconds since the epoch); returns how many files."""
    removed = 0
    with _lock(fcntl.LOCK_EX):
        for path in [*_root().glob("tmp/*"), *_root().glob("drafts/*"), *_root().glob("loras/*/*.safetensors")]:
            try:
                if path.stat().st_mtime >= now - _ABANDONED_SECONDS or _is_wanted(path):
                    continue
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            except FileNotFoundError:  # An upload that ended moves its draft away, and takes no lock for that.
                continue
            removed += 1
        for folder in _root().glob("pipelines/*/*"):
            if not _same_pipeline(folder.parent.name.replace("--", "/", 1), folder.name).exists():
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


def _is_wanted(path: Path) -> bool:
    if path.parent.name == "drafts":
        drafts = PersonalModel.objects.filter(state=ModelState.DRAFT).values_list("pk", flat=True)
        return path.name in {str(pk) for pk in drafts}
    return path.suffix == ".safetensors" and PersonalModel.objects.filter(digest=path.stem).exists()


def _same_pipeline(source: str, revision: str) -> QuerySet[PersonalModel]:
    return PersonalModel.objects.filter(kind=WeightsKind.PIPELINE, source=source, revision=revision)


def _write(write: Callable[[bytes], object], pieces: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > settings.LORA_BYTES:
            sentence = f"'file' must have at most {settings.LORA_BYTES:,} bytes."
            raise InvalidInput(sentence, errors={"file": [sentence]})
        digest.update(piece)
        write(piece)
    return digest.hexdigest(), size


def _root() -> Path:
    return Path(settings.PERSONAL_MODELS_DIR)


@contextmanager
def _lock(kind: int, name: str = "lock") -> Iterator[bool]:
    """Whether the lock is ours: False only where `kind` does not wait and another has it."""
    _root().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_root() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _is_granted(descriptor, kind)
    finally:
        os.close(descriptor)


def _is_granted(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    return True

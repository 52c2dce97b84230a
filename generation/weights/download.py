"""Fetching a model into its folder: only what is missing, going on where an earlier try stopped, checked at the end."""

import errno
import fcntl
import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from huggingface_hub.file_download import http_get

from generation.engines.manifests import (
    DamagedManifest,
    FileRecord,
    Manifest,
    find_damage,
    read_manifest,
    write_manifest,
)
from generation.engines.revisions import file_digest
from generation.weights.catalogue import Model, readable_size
from generation.weights.errors import DownloadError, TooLittleSpace, WrongChecksum
from generation.weights.remote import RemoteFile, RemoteModel, look_up, told_plainly

_log = logging.getLogger(__name__)

# What the database, logs and other programs need while a download fills the disk.
_RESERVE_BYTES = 200 * 2**20
_PARTIAL = ".partial"


def download(model: Model, *, say: Callable[[str], None], anonymous: bool = False) -> Manifest:
    """Fetch what is missing or damaged of a model; `say` gets a line for each step, `anonymous` uses no token.

    Without the network where everything is here already. Raises `DownloadError`.
    """
    if not model.is_downloaded:
        raise DownloadError(f"{model.slug} is no download. {model.restore}")
    whole = _whole_manifest(model)
    if whole is not None:
        say(f"{model.slug} is here already, every checksum is right.")
        return whole
    remote = look_up(model, anonymous=anonymous)
    missing = [file for file in remote.files if not _is_right(model.folder / file.path, file)]
    needed = sum(file.bytes - _partial_bytes(model.folder, file) for file in missing)
    say(f"{model.slug}: {readable_size(needed)} to fetch of {readable_size(remote.bytes)}. Licence: {model.licence}.")
    _refuse_full_disk(model, needed)
    for file in missing:
        _fetch(model, file, remote)
        say(f"  {file.path} ({readable_size(file.bytes)})")
    return _finish(model, remote)


def _whole_manifest(model: Model) -> Manifest | None:
    """The manifest of a folder that holds what the profile wants, every byte of it; None otherwise."""
    try:
        manifest = read_manifest(model.folder)
    except DamagedManifest:
        return None
    if manifest is None or model.revision not in ("", manifest.revision):
        return None
    return None if find_damage(model.folder, manifest, read=True) else manifest


def _finish(model: Model, remote: RemoteModel) -> Manifest:
    """Write the manifest, and remove what an earlier revision left."""
    files = {
        file.path: FileRecord(file.bytes, file.sha256 or file_digest(model.folder / file.path)) for file in remote.files
    }
    try:
        earlier = read_manifest(model.folder)
    except DamagedManifest:
        earlier = None
    for name in set(earlier.files if earlier else ()) - set(files):
        (model.folder / name).unlink(missing_ok=True)
    manifest = Manifest(model.source, remote.revision, files)
    write_manifest(model.folder, manifest)
    return manifest


def _fetch(model: Model, file: RemoteFile, remote: RemoteModel) -> None:
    partial = _partial_path(model.folder, file)
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("ab") as target:
            _refuse_second_download(model, target)
            if target.tell() > file.bytes:
                target.truncate(0)
            with told_plainly(model):
                http_get(
                    file.url,
                    target,
                    resume_size=target.tell(),
                    headers=remote.headers,
                    expected_size=file.bytes,
                    displayed_filename=file.path,
                )
    except OSError as error:
        raise _write_failure(model, file, error) from error
    if not _is_right(partial, file):
        partial.unlink()
        raise WrongChecksum(
            f"{file.path} of {model.slug} arrived with another checksum than announced, and was thrown away. "
            f"Run `manage.py models download {model.slug}` again; if that does not help, HF_ENDPOINT or a proxy "
            "changes files."
        )
    partial.replace(model.folder / file.path)


def _write_failure(model: Model, file: RemoteFile, error: OSError) -> DownloadError:
    again = f"then run `manage.py models download {model.slug}` again: it goes on where it stopped."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TooLittleSpace(f"The disk filled up while {file.path} arrived. Free space in {model.folder}, {again}")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DownloadError(f"{model.folder} cannot be written ({error.strerror}). Correct its owner, {again}")
    _log.error("%s of %s: %s", file.path, model.slug, error)
    return DownloadError(f"{file.path} of {model.slug} did not arrive whole. Check the network, {again}")


def _refuse_second_download(model: Model, target: BinaryIO) -> None:
    """Two that append to the same file would mix their bytes."""
    try:
        fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DownloadError(f"{model.slug} is being downloaded by another process: wait for it.") from error


def _refuse_full_disk(model: Model, needed: int) -> None:
    place = next(folder for folder in (model.folder, *model.folder.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    if needed + _RESERVE_BYTES > free:
        raise TooLittleSpace(
            f"{model.slug} needs {readable_size(needed)} more in {model.folder}, and {readable_size(free)} are free "
            f"there ({readable_size(_RESERVE_BYTES)} must stay). Free space, or set ATELIER_DATA_DIR to a larger disk."
        )


def _partial_path(folder: Path, file: RemoteFile) -> Path:
    """Named by its content, so that what arrived of another revision is not continued."""
    target = folder / file.path
    return target.with_name(f"{target.name}.{(file.sha256 or file.git_blob)[:12]}{_PARTIAL}")


def _partial_bytes(folder: Path, file: RemoteFile) -> int:
    partial = _partial_path(folder, file)
    return min(partial.stat().st_size, file.bytes) if partial.is_file() else 0


def _is_right(path: Path, file: RemoteFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    return file_digest(path) == file.sha256 if file.sha256 else _git_blob(path) == file.git_blob


def _git_blob(path: Path) -> str:
    """Git's name of a file's content: all that the hub says of small files."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()  # noqa: TID251

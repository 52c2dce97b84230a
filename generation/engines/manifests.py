"""What a folder of weights must hold: `manifest.json` lists each file with its size and SHA-256. No torch.

The build of the demo models writes one for each, `manage.py models download` one for each model that it fetched.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from generation.engines.revisions import MANIFEST, content_revision, file_digest, model_files

# The `source` of what this repository ships: its revision is its content hash.
SHIPPED = "this repository"


class DamagedManifest(ValueError):
    """`manifest.json` cannot be read."""


@dataclass(frozen=True)
class FileRecord:
    """A file's size in bytes and its SHA-256 (64 hexadecimal digits)."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Where a folder's files came from, at which revision, and what they are, by path within the folder."""

    source: str
    revision: str
    files: Mapping[str, FileRecord]


@dataclass(frozen=True)
class Damage:
    """A file that is not as the manifest says; `problem` completes the sentence "The file … of … "."""

    path: str
    problem: str


def describe_folder(folder: Path, *, source: str = SHIPPED, revision: str = "") -> Manifest:
    """The manifest of what lies in `folder` now; its revision is the content hash unless given.

    Raises `FileNotFoundError` where there are no weights.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(model_files(folder))}
    records = {name: FileRecord(path.stat().st_size, file_digest(path)) for name, path in files.items()}
    return Manifest(source, revision or content_revision(folder), records)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json` into `folder`: all of it, or nothing."""
    draft = folder / f"{MANIFEST}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of `folder`; None where it has none. Raises `DamagedManifest`."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise DamagedManifest(str(error)) from error
    try:
        files = {
            str(name): FileRecord(int(record["bytes"]), str(record["sha256"]))
            for name, record in content["files"].items()
        }
        outside = [name for name in files if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts]
        if outside:
            raise DamagedManifest(f"it names {outside[0]}, outside of its folder")
        return Manifest(str(content["source"]), str(content["revision"]), files)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedManifest(f"{error!r}") from error


def find_damage(folder: Path, manifest: Manifest, *, read: bool) -> list[Damage]:
    """The files of `manifest` that are missing in `folder`, have another size or, with `read`, another SHA-256.

    `read` reads every byte: about a second for each gigabyte.
    """
    found = (_damage_of(folder / name, name, record, read=read) for name, record in manifest.files.items())
    return [damage for damage in found if damage is not None]


def _damage_of(path: Path, name: str, record: FileRecord, *, read: bool) -> Damage | None:
    try:
        size = path.stat().st_size
        if size != record.bytes:
            return Damage(name, f"has {size} of {record.bytes} bytes" if size < record.bytes else "is too long")
        if read and file_digest(path) != record.sha256:
            return Damage(name, "is damaged: it has another SHA-256 than it should")
    except (FileNotFoundError, NotADirectoryError):
        return Damage(name, "is missing")
    except OSError as error:
        return Damage(name, f"cannot be read ({error.strerror})")
    return None

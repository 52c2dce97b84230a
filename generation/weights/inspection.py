"""Are a model's files here and whole?"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from generation.checkpoints import registered_revision
from generation.engines.manifests import DamagedManifest, Manifest, find_damage, read_manifest
from generation.engines.revisions import MANIFEST, content_revision
from generation.weights.catalogue import Model, models


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Inspection:
    """What was found: `problem` is a sentence, empty for a model that is present; `stored_bytes` is what lies here.

    `revision` is that of the files here, empty where nobody knows.
    """

    model: Model
    state: State
    stored_bytes: int
    revision: str = ""
    problem: str = ""


def inspect_all(*, read: bool = False) -> list[Inspection]:
    """Every model of the profile; with `read`, every byte of the downloaded ones too (seconds for each gigabyte)."""
    return [inspect(model, read=read) for model in models()]


def inspect(model: Model, *, read: bool = False) -> Inspection:
    """Compare a model's folder with its manifest: sizes, and SHA-256 with `read` or where the model is no download."""
    folder, here = model.folder, stored_bytes(model.folder)

    def found(state: State, problem: str = "", revision: str = "") -> Inspection:
        return Inspection(model, state, here, revision, problem)

    if not folder.is_dir():
        return found(State.MISSING, f"{model.slug} is not on this machine.")
    try:
        manifest = read_manifest(folder)
    except DamagedManifest:
        return found(State.DAMAGED, f"The file {MANIFEST} of {model.slug} is damaged.")
    if manifest is None:
        return found(*_compare_without_manifest(model))
    problem = _first_damage(model, manifest, read=read or not model.is_downloaded)
    if problem:
        return found(State.DAMAGED, problem, manifest.revision)
    if model.revision not in ("", manifest.revision):
        wanted = f"{model.revision[:12]}, not {manifest.revision[:12]}"
        return found(State.MISSING, f"{model.slug} is here in another revision: the profile wants {wanted}.")
    return found(State.PRESENT, revision=manifest.revision)


def stored_bytes(folder: Path) -> int:
    """The bytes of all files below `folder`, parts of downloads included; 0 where it is missing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _compare_without_manifest(model: Model) -> tuple[State, str, str]:
    """A folder of the operator's own has no manifest; what was registered is all that there is to compare with."""
    if model.is_downloaded:
        return State.MISSING, f"The download of {model.slug} is not complete.", ""
    try:
        revision = content_revision(model.folder)
    except FileNotFoundError:
        return State.MISSING, f"The folder of {model.slug} holds no model.", ""
    if registered_revision(model.slug) not in ("", revision):
        problem = f"{model.slug} is not what was registered. If that is meant, run `manage.py prepare`."
        return State.DAMAGED, problem, revision
    return State.PRESENT, "", revision


def _first_damage(model: Model, manifest: Manifest, *, read: bool) -> str:
    damage = find_damage(model.folder, manifest, read=read)
    if damage:
        more = f" ({len(damage) - 1} more files are not as they should be.)" if damage[1:] else ""
        return f"The file {damage[0].path} of {model.slug} {damage[0].problem}.{more}"
    if not model.is_downloaded and content_revision(model.folder) != manifest.revision:
        return f"The folder of {model.slug} holds files that do not belong to it."
    return ""

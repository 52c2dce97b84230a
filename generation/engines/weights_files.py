"""What lies in a folder of weights, looked at before any library reads it. No torch."""

import json
import logging
from pathlib import Path

from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError
from generation.engines.manifests import SHIPPED, DamagedManifest, Manifest, find_damage, read_manifest
from generation.engines.revisions import content_revision

_log = logging.getLogger(__name__)

# A content hash, as `content_revision` makes it; anything else is a name that somebody chose.
_HASH_DIGITS = 64
_PICKLES = frozenset({".bin", ".ckpt", ".pt", ".pth"})


def local_folder(weights: Weights) -> Path:
    """Where the files of `weights` are, or should be."""
    return Path(weights.source)


def checked_folder(weights: Weights, components: tuple[str, ...] = (".",), index: str = "model_index.json") -> Path:
    """The folder of `weights`, once it is sure to hold the file `index`, safetensors in each of the folders
    `components`, and what its manifest says.

    Raises `EngineLoadError` otherwise. Other formats of weights can run code when they are read: they are refused
    unread.
    """
    folder = local_folder(weights)
    refuse_damage(weights)
    if not (folder / index).is_file():
        _log.error("no %s in %s", index, folder)
        raise EngineLoadError(f"The weights of {weights.slug} are missing on this machine. {weights.restore}")
    for component in components:
        if not any((folder / component).glob("*.safetensors")):
            _log.error("no safetensors in %s", folder / component)
            if not any(path.suffix in _PICKLES for path in (folder / component).glob("*")):
                # As an interrupted download leaves it.
                raise EngineLoadError(f"The weights of {weights.slug} are not complete. {weights.restore}")
            named = "The model" if component == "." else f"The {component}"
            raise EngineLoadError(
                f"{named} of {weights.slug} has no safetensors file, and other formats can run code. "
                "Convert the weights to safetensors."
            )
    return folder


def refuse_damage(weights: Weights, *, read: bool = False) -> None:
    """Compare the folder of `weights` with its manifest, where it has one; with `read`, every byte of it.

    Raises `EngineLoadError` with the file's name and the remedy.
    """
    folder = local_folder(weights)
    manifest = _manifest_of(weights)
    damage = find_damage(folder, manifest, read=read or _is_shipped(manifest)) if manifest else []
    if damage:
        _log.error("damaged weights in %s: %s", folder, damage)
        raise EngineLoadError(f"The file {damage[0].path} of {weights.slug} {damage[0].problem}. {weights.restore}")


def stored_bytes(weights: Weights) -> int:
    """The bytes of the weights in their folder; 0 where it is missing."""
    return sum(path.stat().st_size for path in local_folder(weights).rglob("*.safetensors"))


def verified_revision(weights: Weights) -> str:
    """The revision that results may name: the commit that was downloaded, or the folder's content hash.

    Raises `EngineLoadError` where the folder is no longer what `weights.revision` says: results would name other
    weights than those that made them.
    """
    folder = local_folder(weights)
    manifest = _manifest_of(weights)
    if manifest is not None and not _is_shipped(manifest):
        actual = manifest.revision
    elif weights.revision and len(weights.revision) != _HASH_DIGITS:
        actual = weights.revision
    else:
        actual = content_revision(folder)
    if weights.revision not in ("", actual):
        _log.error("%s is %s, expected %s", folder, actual, weights.revision)
        raise EngineLoadError(f"The weights of {weights.slug} were changed since Atelier was started. Restart Atelier.")
    return actual


def load_failure(weights: Weights) -> str:
    """The sentence for weights that a library cannot read though their manifest, if any, has nothing against them."""
    return (
        f"The weights of {weights.slug} are damaged or of another kind: `manage.py models verify` names the file. "
        f"{weights.restore}"
    )


def _manifest_of(weights: Weights) -> Manifest | None:
    try:
        return read_manifest(local_folder(weights))
    except DamagedManifest as error:
        _log.exception("cannot read the manifest in %s", weights.source)
        raise EngineLoadError(f"The file manifest.json of {weights.slug} is damaged. {weights.restore}") from error


def _is_shipped(manifest: Manifest) -> bool:
    """Its revision is the hash of its files: these must be read anyway."""
    return manifest.source == SHIPPED


def guidance_rescale(weights: Weights) -> float:
    """The model's own `guidance_rescale`, 0–1, from `atelier.json` beside `model_index.json`; 0 without one."""
    path = local_folder(weights) / "atelier.json"
    if not path.is_file():
        return 0.0
    try:
        value = float(json.loads(path.read_text()).get("guidance_rescale", 0.0))
    except (ValueError, TypeError, AttributeError) as error:
        raise EngineLoadError(
            f"The atelier.json of {weights.slug} is not valid JSON with a number guidance_rescale."
        ) from error
    if not 0 <= value <= 1:
        raise EngineLoadError(f"The guidance_rescale in the atelier.json of {weights.slug} must be between 0 and 1.")
    return value

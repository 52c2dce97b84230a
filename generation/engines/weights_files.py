"""What lies in a folder of weights, looked at before any library reads it. No torch."""

import json
import logging
from pathlib import Path

from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError
from generation.engines.revisions import content_revision

_log = logging.getLogger(__name__)

# A content hash, as `content_revision` makes it; anything else is a name that somebody chose.
_HASH_DIGITS = 64


def local_folder(weights: Weights) -> Path | None:
    """The folder that `weights.source` names, which need not exist; None for the id of a model on the hub."""
    source = Path(weights.source)
    return source if source.is_absolute() or source.is_dir() else None


def checked_folder(
    weights: Weights, components: tuple[str, ...] = (".",), index: str = "model_index.json"
) -> Path | None:
    """`local_folder`, once it is sure to hold the file `index` and safetensors in each of the folders `components`.

    Raises `EngineLoadError` otherwise. Other formats of weights can run code when they are read: they are refused
    unread.
    """
    folder = local_folder(weights)
    if folder is None:
        return None
    if not (folder / index).is_file():
        _log.error("no model in %s", folder)
        raise EngineLoadError(
            f"The weights of {weights.slug} are missing on this machine. Put them back into their folder "
            "(for the demo models: `git checkout` or `make demo-models`), then run `manage.py doctor`."
        )
    for component in components:
        if not any((folder / component).glob("*.safetensors")):
            _log.error("no safetensors in %s", folder / component)
            part = "model" if component == "." else component
            raise EngineLoadError(
                f"The {part} of {weights.slug} has no safetensors file, and other formats can run code. "
                "Convert the weights to safetensors."
            )
    return folder


def stored_bytes(weights: Weights) -> int:
    """The bytes of a local folder's weights, 0 for a model on the hub."""
    folder = local_folder(weights)
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors")) if folder else 0


def verified_revision(weights: Weights) -> str:
    """The revision that results may name: the hub's commit, or a local folder's content hash.

    Raises `EngineLoadError` where the folder is no longer what `weights.revision` says: results would name other
    weights than those that made them.
    """
    folder = local_folder(weights)
    if folder is None or (weights.revision and len(weights.revision) != _HASH_DIGITS):
        return weights.revision
    actual = content_revision(folder)
    if weights.revision not in ("", actual):
        _log.error("%s is %s, expected %s", folder, actual, weights.revision)
        raise EngineLoadError(f"The weights of {weights.slug} were changed since Atelier was started. Restart Atelier.")
    return actual


def guidance_rescale(weights: Weights) -> float:
    """The model's own `guidance_rescale`, 0–1, from `atelier.json` beside `model_index.json`; 0 without one."""
    folder = local_folder(weights)
    path = folder / "atelier.json" if folder else None
    if path is None or not path.is_file():
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

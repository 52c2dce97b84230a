"""How checkpoints and personal models look in JSON."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from accounts.models import User
from generation.checkpoints import engine_entry
from generation.models import Checkpoint, ModelState, PersonalModel
from generation.personal.selectors import name_for
from generation.weights.catalogue import Origin, origin_of


def checkpoint_body(checkpoint: Checkpoint, to_url: Callable[[str], str]) -> dict[str, Any]:
    """A checkpoint; the paths of folders stay here."""
    public = engine_entry(checkpoint).is_remote or origin_of(checkpoint.source) in (Origin.HUB, Origin.WEB)
    return {
        "name": checkpoint.slug,
        "type": "checkpoint",
        "capability": checkpoint.capability,
        "default": checkpoint.default_for is not None,
        "checkpoint": checkpoint.slug,
        "source": checkpoint.source if public else checkpoint.slug,
        "revision": checkpoint.revision,
        "sha256": "",
        "native_size": checkpoint.native_size,
        "size_bytes": None,
        "licence": checkpoint.licence,
        "owner": None,
        "instance_token": "",
        "shared": True,
        "state": ModelState.READY.value,
        "error": "",
        "created_at": None,
        "updated_at": None,
        "url": to_url(reverse("model", args=[checkpoint.slug])),
    }


def model_body(model: PersonalModel, viewer: User, to_url: Callable[[str], str]) -> dict[str, Any]:
    """A personal model, under the name by which `viewer` can use it."""
    own = model.owner_id == viewer.pk
    owner, alias = model.owner.username, model.alias
    return {
        "name": name_for(model, viewer),
        "type": model.kind,
        "capability": model.checkpoint.capability,
        "default": False,
        "checkpoint": model.checkpoint.slug,
        "source": model.source,
        "revision": model.revision,
        "sha256": model.digest,
        "native_size": model.native_size or model.checkpoint.native_size,
        "size_bytes": model.size_bytes,
        "licence": model.checkpoint.licence,
        "owner": owner,
        "instance_token": model.instance_token,
        "shared": model.shared,
        "state": model.state,
        "error": model.error_message,
        "created_at": _rfc3339(model.created_at),
        "updated_at": _rfc3339(model.updated_at),
        "url": to_url(reverse("model", args=[alias]) if own else reverse("shared-model", args=[owner, alias])),
    }


def _rfc3339(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")

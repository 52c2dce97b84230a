"""Which models a caller can name: checkpoints, and personal models, of the kinds that `/v1` has requests for."""

from dataclasses import dataclass

from accounts.models import User
from generation.errors import ModelNotFound
from generation.models import Capability, Checkpoint, ModelState, PersonalModel
from generation.personal import selectors

_SERVED = (Capability.IMAGE, Capability.TEXT)
OWNER = "atelier"


@dataclass(frozen=True)
class ListedModel:
    """A model as `/v1/models` names it. `created` in seconds since 1970, 0 for what came with the installation."""

    name: str
    owned_by: str
    created: int


def list_models(*, viewer: User) -> list[ListedModel]:
    """The default models first, then other checkpoints, then personal models, newest first."""
    checkpoints = [each for each in selectors.listed_checkpoints() if each.capability in _SERVED]
    checkpoints.sort(key=lambda checkpoint: (checkpoint.default_for is None, checkpoint.slug))
    personal = selectors.visible_to(viewer).filter(state=ModelState.READY).order_by("-created_at", "-pk")
    return [
        *map(_of_checkpoint, checkpoints),
        *(_of_personal(model, viewer) for model in personal if model.checkpoint.capability in _SERVED),
    ]


def find_model(*, viewer: User, name: str) -> ListedModel:
    """One of `list_models`, by any name that a request may give it. Raises `ModelNotFound`."""
    checkpoint = selectors.listed_checkpoint(slug=name)
    if checkpoint is not None and checkpoint.capability in _SERVED:
        return _of_checkpoint(checkpoint)
    model = selectors.find_model(viewer=viewer, name=name)
    if model.state != ModelState.READY or model.checkpoint.capability not in _SERVED:
        raise ModelNotFound
    return _of_personal(model, viewer)


def _of_checkpoint(checkpoint: Checkpoint) -> ListedModel:
    return ListedModel(checkpoint.slug, OWNER, 0)


def _of_personal(model: PersonalModel, viewer: User) -> ListedModel:
    return ListedModel(selectors.name_for(model, viewer), model.owner.username, int(model.created_at.timestamp()))

"""Which checkpoint a request gets that names none: what an administrator chose, or what the settings say."""

from common.database import transactional
from common.errors import Conflict
from generation.checkpoints import default_by_settings, engine_name, is_runnable, settle_default
from generation.models import Capability, Checkpoint


class NotChoosable(Conflict):
    """This cannot be the default."""

    code = "not_choosable"


@transactional
def choose_default(*, checkpoint: Checkpoint) -> None:
    """Make a checkpoint the default of its capability, whatever the settings say. Raises `NotChoosable`."""
    capability = checkpoint.capability
    _lock(capability)
    if not is_runnable(checkpoint):
        raise NotChoosable(f"The settings have no engine {engine_name(checkpoint)!r} any more: nothing could run it.")
    Checkpoint.objects.filter(chosen_for=capability).exclude(pk=checkpoint.pk).update(chosen_for=None)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(chosen_for=capability)
    settle_default(capability)


@transactional
def revoke_default(*, capability: str) -> Checkpoint | None:
    """Let the settings decide again. Returns the default of `capability` from now on.

    Raises `NotChoosable` where nobody chose, and where the settings name no model that is here.
    """
    _lock(capability)
    if not Checkpoint.objects.filter(chosen_for=capability).exists():
        raise NotChoosable(f"{Capability(capability).label}: the settings decide already.")
    if default_by_settings(capability) is None:
        raise NotChoosable(f"{Capability(capability).label}: the settings name no model that is here.")
    Checkpoint.objects.filter(chosen_for=capability).update(chosen_for=None)
    settle_default(capability)
    return Checkpoint.objects.filter(default_for=capability).first()


def basis_of(checkpoint: Checkpoint) -> str:
    """Why a checkpoint is the default, or why it is not although somebody chose it; empty for all others."""
    if checkpoint.chosen_for is not None:
        return "chosen here" if checkpoint.default_for else "chosen here, but its engine is gone"
    return "by the settings" if checkpoint.default_for else ""


def _lock(capability: str) -> None:
    # In one order: whoever chooses at the same moment waits, and does not meet the unique columns.
    list(Checkpoint.objects.select_for_update().filter(capability=capability).order_by("pk").values_list("pk"))

"""Reading personal models: a user's own, and those that others share. The rest does not exist."""

from django.db.models import Q, QuerySet

from accounts.models import User
from generation.checkpoints import is_runnable
from generation.errors import ModelNotFound
from generation.models import Checkpoint, Job, ModelState, PersonalModel
from generation.personal.aliases import split_name
from generation.personal.errors import ForeignModel, ModelGone, ModelNotReady


def listed_checkpoints() -> list[Checkpoint]:
    """The checkpoints that the settings have an engine for, by capability."""
    found = Checkpoint.objects.order_by("capability", "slug")
    return [checkpoint for checkpoint in found if is_runnable(checkpoint)]


def listed_checkpoint(*, slug: str) -> Checkpoint | None:
    """One of them, by its slug."""
    return next((checkpoint for checkpoint in listed_checkpoints() if checkpoint.slug == slug), None)


def visible_to(viewer: User) -> QuerySet[PersonalModel]:
    """The viewer's own models, in any state, and the shared ones of others that are ready; newest first."""
    shared = Q(shared=True, state=ModelState.READY)
    return PersonalModel.objects.filter(Q(owner=viewer) | shared).select_related("owner", "checkpoint")


def find_model(*, viewer: User, name: str) -> PersonalModel:
    """The viewer's own model of that alias, else the one that was shared first; `owner/alias` names one exactly.

    Raises `ModelNotFound`, for another's private model as for one that does not exist.
    """
    parts = split_name(name)
    if parts is None:
        raise ModelNotFound
    owner, alias = parts
    found = visible_to(viewer).filter(alias=alias)
    if owner is not None:
        # Compared here: some databases take capital letters and trailing spaces for the same.
        matching = [model for model in found if model.owner.username == owner]
    else:
        matching = sorted(found, key=lambda model: (model.owner_id != viewer.pk, model.created_at, str(model.pk)))
    if not matching:
        raise ModelNotFound
    return matching[0]


def usable_model(*, viewer: User, name: str) -> PersonalModel:
    """The model that `find_model` finds, if it is ready. Raises `ModelNotFound` and `ModelNotReady`."""
    model = find_model(viewer=viewer, name=name)
    if model.state != ModelState.READY:
        reason = f"It failed: {model.error_message}" if model.state == ModelState.FAILED else "Try again later."
        raise ModelNotReady(f"The model {model.alias} is not ready. {reason}")
    return model


def changeable_model(*, owner: User, name: str) -> PersonalModel:
    """The owner's model. Raises `ModelNotFound`, and `ForeignModel` where it is a checkpoint or another's, shared."""
    if Checkpoint.objects.filter(slug=name).exists():
        raise ForeignModel
    model = find_model(viewer=owner, name=name)
    if model.owner != owner:
        raise ForeignModel
    return model


def name_for(model: PersonalModel, viewer: User) -> str:
    """By which name a viewer can use a model."""
    return model.alias if model.owner_id == viewer.pk else f"{model.owner.username}/{model.alias}"


def model_of_job(job: Job) -> PersonalModel | None:
    """The personal model that a job is to be run with, as it is now; None for a job that names none.

    Raises `ModelGone` where it was deleted since, or is not shared any more.
    """
    if not job.model_name:
        return None
    model = PersonalModel.objects.select_related("owner", "checkpoint").filter(jobs=job).first()
    again = "Submit the job again with another model."
    if model is None:
        raise ModelGone(f"The model {job.model_name} was deleted before this job ran. {again}")
    if model.owner_id != job.owner_id and not model.shared:
        raise ModelGone(f"The model {job.model_name} is not shared any more. {again}")
    if model.state != ModelState.READY:
        raise ModelGone(f"The model {job.model_name} is not ready any more. {again}")
    return model

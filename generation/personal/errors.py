"""What can go wrong with personal models."""

from common.errors import AtelierError, Conflict, ServiceUnavailable


class AliasTaken(Conflict):
    """The owner has a model of that alias."""

    code = "alias_taken"
    message = "You have a model with this alias already. Choose another alias, or delete that model."


class ForeignModel(AtelierError):
    """A shared model of another user, or a checkpoint: everybody may use it, nobody else changes it."""

    code = "foreign_model"
    status = 403
    message = "This model belongs to others: you can only use it."


class StaffOnly(AtelierError):
    """Whole pipelines take gigabytes, and folders are the operator's."""

    code = "staff_only"
    status = 403
    message = "Only staff may add whole pipelines. Add a LoRA, or ask an administrator."


class ModelNotReady(Conflict):
    """The model has no weights yet, or none that can be used."""

    code = "model_not_ready"
    message = "This model is not ready."


class ModelGone(AtelierError):
    """The model of a job was deleted, or is not shared any more."""

    code = "model_gone"
    message = "The model of this job is gone."


class WeightsMissing(ServiceUnavailable):
    """The checkpoint's files are not on this machine, so that nothing can be compared with them."""

    code = "weights_missing"


class UnusablePipeline(AtelierError):
    """A folder that is no Stable Diffusion pipeline in safetensors; the sentence says why."""

    code = "unusable_pipeline"
    status = 400

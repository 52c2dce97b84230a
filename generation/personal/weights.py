"""From rows to what engines take."""

from generation.checkpoints import weights_of
from generation.engines.base import Lora, Weights
from generation.models import Checkpoint, PersonalModel, WeightsKind
from generation.personal.files import lora_path, pipeline_folder


def weights_for(checkpoint: Checkpoint, model: PersonalModel | None) -> Weights:
    """The weights that an engine loads: the pipeline of a personal model, else those of the checkpoint."""
    if model is None or model.kind != WeightsKind.PIPELINE:
        return weights_of(checkpoint)
    return Weights(
        slug=model.source,
        source=str(pipeline_folder(model)),
        revision=model.revision,
        family=checkpoint.family,
        native_size=model.native_size or 512,
        licence="",
        restore="Delete the model and add it again.",
    )


def lora_for(model: PersonalModel | None) -> Lora | None:
    """The LoRA of a personal model; None where it is none."""
    if model is None or model.kind != WeightsKind.LORA:
        return None
    return Lora(str(lora_path(model.digest)), model.digest, model.source)

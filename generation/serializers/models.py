"""What `/api/v1/models` takes and gives."""

from typing import Any

from rest_framework import serializers

from generation.models import Capability, ModelState, WeightsKind
from generation.personal.aliases import LONGEST_ALIAS, LONGEST_NAME
from generation.personal.services import DEFAULT_FILE
from generation.serializers.fields import Choice, Flag, Text
from generation.serializers.images import Params
from generation.serializers.jobs import refuse_unknown

LONGEST_TOKEN = 100


class _NewModel(Params):
    """What every new model says."""

    alias = Text(
        max_length=4 * LONGEST_ALIAS,
        min_length=1,
        wrong="is required and must be a string.",
        help_text=f"1 to {LONGEST_ALIAS} small letters, digits, hyphens and underscores; `default` is taken.",
    )
    checkpoint = Text(max_length=100, min_length=1, required=False, help_text="A slug; left out: the default.")
    instance_token = Text(
        max_length=LONGEST_TOKEN, default="", help_text="The words that call it in a prompt, such as `sks person`."
    )
    shared = Flag(default=False, help_text="Whether everybody may use it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(self)
        return attrs


class UploadedModelRequest(_NewModel):
    """Form fields of an uploaded LoRA, with its file."""

    file = serializers.FileField(
        allow_empty_file=True,
        error_messages=dict.fromkeys(("required", "invalid", "no_name"), "'file' is required: send one LoRA."),
        help_text="A LoRA in safetensors for the UNet or text encoder of the checkpoint.",
    )


class SourceModelRequest(_NewModel):
    """A model that is elsewhere: on the hub, or in a folder of the operator's."""

    type = Choice(choices=WeightsKind.choices)
    source = Text(  # type: ignore[assignment]  # the class has an attribute of this name
        max_length=255,
        min_length=1,
        wrong="is required and must be a string.",
        help_text="A repository's id on the hub, or `folder:NAME` below the models folder (pipelines, staff only).",
    )
    revision = Text(max_length=40, default="", help_text="The commit, 40 hexadecimal digits; none for a folder.")
    file = Text(max_length=255, min_length=1, default=DEFAULT_FILE, help_text="Which file of it the LoRA is.")


class ModelChangeRequest(Params):
    """Body of `PATCH /api/v1/models/<alias>`; what is left out stays."""

    alias = Text(max_length=4 * LONGEST_ALIAS, min_length=1, required=False)
    instance_token = Text(max_length=LONGEST_TOKEN, required=False)
    shared = Flag(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown(self)
        return attrs


class ModelSerializer(serializers.Serializer):
    """A model. `generation.personal.presentation` renders it; a test compares the two."""

    name = serializers.CharField(
        max_length=LONGEST_NAME, help_text="What `model` (and, for a personal model, `user_id`) calls it."
    )
    type = serializers.ChoiceField(choices=["checkpoint", *WeightsKind.values])
    capability = serializers.ChoiceField(choices=Capability.choices)
    default = serializers.BooleanField(help_text="Whether it is used where a request names no model.")
    checkpoint = serializers.CharField(help_text="What it is, or what it changes.")
    source = serializers.CharField(  # type: ignore[assignment]  # the class has an attribute of this name
        help_text="Where its weights are from; `model_id` of what it makes."
    )
    revision = serializers.CharField(help_text="The pinned commit, or the hash of its content.")
    sha256 = serializers.CharField(help_text="Of a LoRA's file; of a pipeline's files together. Empty until ready.")
    native_size = serializers.IntegerField(allow_null=True, help_text="Pixels of one side, or Hz.")
    size_bytes = serializers.IntegerField(allow_null=True)
    licence = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    instance_token = serializers.CharField()
    shared = serializers.BooleanField()
    state = serializers.ChoiceField(choices=ModelState.choices)
    error = serializers.CharField(help_text="Why it failed, in a sentence.")
    created_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField()

"""What an image request may say. Every surface uses these fields, so a bound or a sentence exists once."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.settings import api_settings

from generation.personal.aliases import LONGEST_NAME
from generation.pictures import LARGEST_SIDE, SMALLEST_SIDE
from generation.serializers.fields import Integer, Number, Text

LONGEST_PROMPT = 2000
MOST_LABELS = 100
LONGEST_LABEL = 100
DEFAULT_STRENGTH = 0.75
MOST_IMAGES = 4


def _steps(**kwargs: Any) -> Integer:
    return Integer(min_value=1, max_value=150, **kwargs)


def _guidance(**kwargs: Any) -> Number:
    return Number(min_value=1, max_value=20, **kwargs)


def _side(**kwargs: Any) -> Integer:
    return Integer(min_value=SMALLEST_SIDE, max_value=LARGEST_SIDE, **kwargs)


def seed_field(help_text: str = "Null or left out: random.") -> Integer:
    """What makes the same again."""
    return Integer(
        min_value=0,
        max_value=2**32 - 1,
        allow_null=True,
        default=None,
        wrong="must be a whole number or null.",
        help_text=help_text,
    )


def picture_field() -> Text:
    """The picture that a job works on."""
    return Text(
        min_length=1,
        max_length=40_000_000,
        wrong="is required and must be a string.",
        help_text="The CID of a picture of yours, or a data URL with a png, jpeg or webp.",
    )


def _number_of_images() -> Integer:
    return Integer(min_value=1, max_value=MOST_IMAGES, default=1)


class Params(serializers.Serializer):
    """The base of every request body: a JSON object (or a form)."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    def run_validation(self, data: Any = empty) -> Any:
        if data is None:  # The body `null`, for which DRF has a sentence of its own.
            raise serializers.ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [self.error_messages["invalid"]]})
        return super().run_validation(data)


class PromptParams(Params):
    """What every image request may say."""

    prompt = Text(min_length=1, max_length=LONGEST_PROMPT, wrong="is required and must be a string.")
    negative_prompt = Text(max_length=LONGEST_PROMPT, default="")
    num_inference_steps = _steps(default=30)
    guidance_scale = _guidance(default=7.5)
    width = _side(default=512)
    height = _side(default=512)
    seed = seed_field("Null or left out: random. Image *i* of several has seed + *i*.")


class Labels(Text):
    """Comma-separated words; its value is the list of them, each once, in the order given."""

    def __init__(self, **kwargs: Any) -> None:
        text = f"Comma-separated, at most {MOST_LABELS} of at most {LONGEST_LABEL} characters."
        super().__init__(max_length=MOST_LABELS * (LONGEST_LABEL + 2), help_text=text, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        text = super().to_internal_value(data)
        labels = list(dict.fromkeys(label.strip() for label in text.split(",") if label.strip()))
        if len(labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in labels):
            raise self.refuse(f"must be at most {MOST_LABELS} labels of at most {LONGEST_LABEL} characters.")
        return labels


class ImageParams(PromptParams):
    """Parameters of the kind `image`."""

    number_of_images = _number_of_images()
    labels = Labels(required=False)


class PromptRequest(PromptParams):
    """Body of `POST /generate/image/prompt`: only `prompt` is needed."""


class UploadRequest(PromptParams):
    """Form fields beside the picture of `POST /generate/image/image`: none is needed."""

    prompt = Text(max_length=LONGEST_PROMPT, default="")
    strength = Number(
        min_value=0,
        max_value=1,
        default=DEFAULT_STRENGTH,
        wrong="must be a number.",
        help_text="How far to leave the picture: 0 keeps it, 1 ignores it.",
    )
    width = _side(required=False, help_text="Left out: the picture's own width, within the bounds.")
    height = _side(required=False, help_text="Left out: the picture's own height, within the bounds.")


class ImageToImageParams(UploadRequest):
    """Parameters of the kind `image_to_image`."""

    image = picture_field()
    mask = Text(
        min_length=1,
        max_length=40_000_000,
        required=False,
        help_text="Likewise, of the picture's size: only what is fully transparent in it is repainted. `strength` is "
        "then 1 unless another is asked for.",
    )
    number_of_images = _number_of_images()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "mask" in attrs and "strength" not in self.initial_data:
            # What is under the mask is to go: nothing of it need be kept.
            attrs["strength"] = 1.0
        return attrs


class GenerateRequest(PromptParams):
    """Body of `POST /generate` and `POST /generate/image`, with both names of a field."""

    OTHER_NAMES = {"samples": "num_inference_steps", "cfg": "guidance_scale"}

    samples = _steps(required=False, help_text="Other name of `num_inference_steps`.")
    cfg = _guidance(required=False, help_text="Other name of `guidance_scale`.")
    labels = Labels(default=list)
    user_id = Text(
        max_length=LONGEST_NAME,
        default="default",
        help_text="`default`, or the alias of a personal model: your own, a shared one, or `owner/alias`.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for other, name in self.OTHER_NAMES.items():
            if other not in attrs:
                continue
            value = attrs.pop(other)
            if name in self.initial_data and attrs[name] != value:
                raise serializers.ValidationError(
                    {other: [f"'{other}' and '{name}' are the same setting and must agree."]}
                )
            attrs[name] = value
        return attrs

"""What requests for pictures under `/v1` may say, and the parameters of the jobs that they mean."""

from typing import Any, ClassVar

from generation.openai.errors import UnsupportedParameter
from generation.openai.fields import OpenAIRequest, Size
from generation.openai.pictures import BEST_QUALITY, FORMATS
from generation.personal.aliases import LONGEST_NAME
from generation.serializers.fields import Choice, Flag, Integer, Text
from generation.serializers.images import DEFAULT_STRENGTH, LONGEST_PROMPT, MOST_IMAGES, PromptParams, UploadRequest

MOST_PARTIAL_IMAGES = 3
# How far an edit leaves the picture where no mask says which part goes.
STRENGTH_OF_FIDELITY = {"low": DEFAULT_STRENGTH, "high": 0.5}
# A model that runs here has no quality, but steps: these are what the words mean to it.
STEPS_OF_QUALITY = {"low": 15, "medium": 30, "high": 50}
_QUALITY_OF_WORD = {
    **{name: name for name in STEPS_OF_QUALITY},
    "auto": "medium",
    "standard": "medium",
    "hd": "high",
    "xhigh": "high",
    "max": "high",
}


def _words(*words: str) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


QUALITIES = _words(*_QUALITY_OF_WORD)


class ImagesRequest(OpenAIRequest):
    """What both requests for pictures may say."""

    ignored = ("safety_identifier",)

    prompt = Text(min_length=1, max_length=LONGEST_PROMPT, wrong="is required and must be a string.")
    model = Text(
        min_length=1,
        max_length=LONGEST_NAME,
        required=False,
        help_text="One of `GET /v1/models` that makes images; left out: the default.",
    )
    n = Integer(min_value=1, max_value=MOST_IMAGES, default=1, help_text="Different pictures; each has a seed.")
    size = Size(default=None)
    quality = Choice(
        choices=QUALITIES,
        default="auto",
        help_text="`low`: 15 steps; `medium`, `auto`, `standard`: 30; `high` and what is above it: 50.",
    )
    background = Choice(
        choices=_words("auto", "opaque", "transparent"),
        default="auto",
        help_text="No model here makes transparent pictures: `transparent` is refused.",
    )
    response_format = Choice(
        choices=_words("url", "b64_json"), required=False, help_text="Left out: both are in the answer."
    )
    output_format = Choice(choices=_words(*FORMATS), default="png")
    output_compression = Integer(
        min_value=0,
        max_value=BEST_QUALITY,
        default=BEST_QUALITY,
        wrong="must be a whole number.",
        help_text="The quality of jpeg and webp; png knows 100 alone.",
    )
    stream = Flag(default=False)
    partial_images = Integer(
        min_value=0,
        max_value=MOST_PARTIAL_IMAGES,
        default=0,
        wrong="must be a whole number.",
        help_text="How many unfinished pictures a stream sends at most: one a second at most.",
    )
    moderation = Choice(choices=_words("auto", "low"), default="auto", help_text="Ignored: no model here moderates.")
    user = Text(max_length=512, default="", help_text="Ignored.")
    seed = Integer(
        min_value=0,
        max_value=2**32 - 1,
        required=False,
        wrong="must be a whole number.",
        help_text="Atelier's own (`extra_body`): the same seed makes the same picture.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["background"] == "transparent":
            raise UnsupportedParameter("background", "No model here makes transparent pictures: ask for opaque.")
        if attrs["output_format"] == "png" and attrs["output_compression"] != BEST_QUALITY:
            raise UnsupportedParameter("output_compression", "With png it must be 100: ask for jpeg or webp.")
        if attrs["partial_images"] and not attrs["stream"]:
            raise UnsupportedParameter("partial_images", "It goes with 'stream' alone.")
        if attrs["stream"] and attrs.get("response_format") == "url":
            raise UnsupportedParameter("response_format", "A stream holds the pictures themselves: ask for b64_json.")
        return {**attrs, "quality": _QUALITY_OF_WORD[attrs["quality"]]}

    def asked_params(self) -> dict[str, Any]:
        """What a valid request says of the job, in the job's own words."""
        asked = self.validated_data
        size = dict(zip(("width", "height"), asked["size"], strict=True)) if asked["size"] else {}
        return {
            "prompt": asked["prompt"],
            "num_inference_steps": STEPS_OF_QUALITY[asked["quality"]],
            "seed": asked.get("seed"),
            **size,
        }

    def job_params(self) -> dict[str, Any]:
        """The parameters of the job but its pictures."""
        filled = self.params_class(data=self.asked_params())
        filled.is_valid(raise_exception=True)
        quality = "premium" if self.validated_data["quality"] == "high" else "standard"
        return {**filled.validated_data, "number_of_images": self.validated_data["n"], "quality": quality}

    # Where what is left out gets its value.
    params_class: ClassVar[type[PromptParams]] = PromptParams


class GenerationRequest(ImagesRequest):
    """Body of `POST /v1/images/generations`."""

    neutral = {"style": ()}


class EditRequest(ImagesRequest):
    """Form fields beside the pictures of `POST /v1/images/edits`."""

    files = ("image", "image[]", "mask")
    params_class = UploadRequest

    input_fidelity = Choice(
        choices=_words(*STRENGTH_OF_FIDELITY),
        default="low",
        help_text="How near to stay to the picture; with a mask, all of what it shows is painted anew.",
    )

    def edit_params(self, *, has_mask: bool) -> dict[str, Any]:
        """`job_params` of a picture that is drawn anew, or only under its mask, where nothing of it is to stay."""
        strength = 1.0 if has_mask else STRENGTH_OF_FIDELITY[self.validated_data["input_fidelity"]]
        return {**self.job_params(), "strength": strength}

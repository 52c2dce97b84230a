"""The forms of the studio, one for each kind of job."""

from typing import Any, ClassVar

from django import forms

from generation.form_base import ComposerForm, OnPicture
from generation.form_fields import Prose, number, picture_cid, prose, words
from generation.models import JobKind
from generation.serializers.analysis import AnalysisParams
from generation.serializers.images import ImageParams, ImageToImageParams
from generation.serializers.sounds import MusicParams
from generation.serializers.words import LONGEST_STOP, MOST_STOPS, MessageParams, TagsParams, TextJobParams
from generation.turns import NoTurn, read_stops, read_turns

_SEED = "{bounds}. Empty: random. The same seed makes the same again."


class ImageForm(ComposerForm):
    """A picture from a prompt."""

    kind, tab = JobKind.IMAGE, "Image"
    title, button = "New picture", "Make picture"
    main = "prompt"
    shown: ClassVar[tuple[str, ...]] = ("prompt", "model")
    folded: ClassVar[tuple[str, ...]] = (
        *("negative_prompt", "width", "height", "num_inference_steps"),
        *("guidance_scale", "number_of_images", "seed", "labels"),
    )

    prompt = prose(ImageParams, "prompt", "Prompt", rows=3, missing="Write a prompt: what should the picture show?")
    negative_prompt = prose(
        ImageParams, "negative_prompt", "Negative prompt", rows=2, help_text="What the picture should not show."
    )
    width = number(ImageParams, "width", "Width", "{bounds} pixels", required=False)
    height = number(ImageParams, "height", "Height", "{bounds} pixels", required=False)
    num_inference_steps = number(ImageParams, "num_inference_steps", "Steps", "{bounds}. More take longer.")
    guidance_scale = number(
        ImageParams, "guidance_scale", "Guidance scale", "{bounds}. How closely to follow the prompt."
    )
    number_of_images = number(ImageParams, "number_of_images", "Pictures", "{bounds}. Each has a seed of its own.")
    seed = number(ImageParams, "seed", "Seed", _SEED, required=False)
    labels = words(ImageParams, "labels", "Labels", "How well each fits the picture is told with it. {bounds}")


class ImageToImageForm(OnPicture, ImageForm):
    """A picture from a picture and a prompt."""

    kind, tab = JobKind.IMAGE_TO_IMAGE, "Image to image"
    title = "New picture from a picture"
    shown = ("prompt", "strength", "model")
    folded = (*(name for name in ImageForm.folded if name != "labels"), "mask")

    prompt = prose(ImageToImageParams, "prompt", "Prompt", rows=3, help_text="It may be empty.")
    strength = number(
        ImageToImageParams, "strength", "Strength", "{bounds}. How far to leave the picture: 0 keeps it, 1 ignores it."
    )
    width = number(ImageToImageParams, "width", "Width", "{bounds} pixels. Empty: the picture's own.", required=False)
    height = number(
        ImageToImageParams, "height", "Height", "{bounds} pixels. Empty: the picture's own.", required=False
    )
    mask = picture_cid(
        "The CID of a mask",
        help_text="A picture of the same size: only where it is fully transparent, the picture is repainted.",
    )
    labels = None  # type: ignore[assignment]  # Django's way to leave out a field of the base


class MusicForm(ComposerForm):
    """Sound from a description."""

    kind, tab = JobKind.MUSIC, "Music"
    title, button = "New music", "Make music"
    main, shown, folded = "description", ("description", "duration", "model"), ("seed",)

    description = prose(
        MusicParams, "description", "Description", rows=3, missing="Write a description: what should be heard?"
    )
    duration = number(MusicParams, "duration", "Duration", "{bounds} seconds")
    seed = number(MusicParams, "seed", "Seed", _SEED, required=False)


class TextForm(ComposerForm):
    """Text from a prompt."""

    kind, tab = JobKind.TEXT, "Text"
    title, button = "New text", "Write text"
    main, shown = "prompt", ("prompt", "max_tokens", "model")
    folded = ("turns", "temperature", "number_of_texts", "seed", "stop")
    names_of_api: ClassVar[dict[str, str]] = {"messages": "turns"}

    prompt = prose(TextJobParams, "prompt", "Prompt", rows=3)
    max_tokens = number(TextJobParams, "max_tokens", "Longest answer", "{bounds} tokens; a word has one or two.")
    turns = Prose(
        label="Turns before the prompt",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Of a conversation. Each begins on a line of its own with “User:”, “Assistant:” or “System:”.",
    )
    temperature = number(TextJobParams, "temperature", "Temperature", "{bounds}. 0 takes the likeliest word each time.")
    number_of_texts = number(TextJobParams, "number_of_texts", "Texts", "{bounds}. Each has a seed of its own.")
    seed = number(TextJobParams, "seed", "Seed", _SEED, required=False)
    stop = Prose(
        label="Stop at",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 1}),
        help_text="The answer ends before the first of these texts, one a line; \\n stands for a line end.",
    )

    def clean_turns(self) -> str:
        text: str = self.cleaned_data["turns"]
        try:
            turns = read_turns(text)
        except NoTurn as error:
            raise forms.ValidationError("The first line must begin with “User:”, “Assistant:” or “System:”.") from error
        for number_of_turn, turn in enumerate(turns, 1):
            if not turn["content"].strip():
                raise forms.ValidationError(f"Turn {number_of_turn} is empty.")
            check = MessageParams(data=turn)
            if not check.is_valid():
                sentence = str(check.errors["content"][0])
                raise forms.ValidationError(sentence.replace("'content'", f"Turn {number_of_turn}"))
        return text

    def clean_stop(self) -> str:
        text: str = self.cleaned_data["stop"]
        stops = read_stops(text)
        if len(stops) > MOST_STOPS or any(not stop.strip() or len(stop) > LONGEST_STOP for stop in stops):
            sentence = f"Stop at must be at most {MOST_STOPS} lines of at most {LONGEST_STOP} characters."
            raise forms.ValidationError(sentence)
        return text

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data.get("prompt") or any(
            turn["role"] == "user" for turn in read_turns(self.cleaned_data.get("turns", ""))
        )
        if not asked and not self.errors:
            self.add_error("prompt", "Write a prompt: what should the text be about?")
        return super().clean()

    def request_params(self, picture: str = "") -> dict[str, Any]:
        params = super().request_params(picture)
        if "stop" in params:
            params["stop"] = read_stops(params["stop"])
        turns = read_turns(params.pop("turns", ""))
        if turns:
            prompt = params.pop("prompt", "")
            params["messages"] = [*turns, *([{"role": "user", "content": prompt}] if prompt else [])]
        return params


class TagsForm(ComposerForm):
    """Words for a picture, a sound, or both."""

    kind, tab = JobKind.TAGS, "Tags"
    title, button = "New tags", "Find tags"
    main, shown, folded = "image_prompt", ("image_prompt", "sound_description", "model"), ()
    makes_content = False

    image_prompt = prose(TagsParams, "image_prompt", "What is in the picture", rows=2)
    sound_description = prose(TagsParams, "sound_description", "What is heard", rows=2)

    def clean(self) -> dict[str, Any]:
        if not any(self.cleaned_data.get(name) for name in ("image_prompt", "sound_description")) and not self.errors:
            self.add_error("image_prompt", "Say what is in the picture, or what is heard, or both.")
        return super().clean()


class AnalysisForm(OnPicture):
    """The segments of a picture, and how well labels fit it."""

    kind, tab = JobKind.ANALYSIS, "Analyse"
    title, button = "What is in a picture", "Analyse"
    main, shown, folded = "labels", ("labels", "model"), ("max_masks",)
    makes_content = False

    labels = words(AnalysisParams, "labels", "Your labels", "{bounds} Empty: the usual things.")
    max_masks = number(AnalysisParams, "max_masks", "Most segments", "{bounds}")


FORMS: dict[str, type[ComposerForm]] = {
    form.kind.value: form for form in (ImageForm, ImageToImageForm, MusicForm, TextForm, TagsForm, AnalysisForm)
}


def form_class(kind: str | None) -> type[ComposerForm]:
    """The form for a kind of job; that for pictures where there is no such kind."""
    return FORMS.get(kind or "", ImageForm)

"""The forms of the studio, one for each kind of job. What they refuse, they refuse in the words of their labels."""

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField

from generation.form_fields import number, picture_cid, picture_file, prose
from generation.models import JobKind
from generation.personal.aliases import LONGEST_NAME
from generation.serializers.analysis import AnalysisParams
from generation.serializers.images import ImageParams, ImageToImageParams
from generation.serializers.jobs import PARAMS_OF_KIND
from generation.serializers.sounds import MusicParams
from generation.serializers.words import TagsParams, TextJobParams

# Fields of the page, not parameters of a job.
_NO_PARAMETERS = ("model", "public", "key", "image", "start")
_SEED = "{bounds}. Empty: random. The same seed makes the same again."
_LABELS: Any = AnalysisParams().fields["labels"]
# A picture that a valid form would name: what the API checks before it looks for the picture.
_SOME_PICTURE = "picture"
# (value, label), or a group of them under its name.
Choices = list[tuple[str, Any]]


class ComposerForm(forms.Form):
    """What the forms have in common: a model, who may see the result, and a key.

    `shown` names the fields that are always in sight, `folded` the others; `main` is the one that an example fills.
    """

    kind: ClassVar[JobKind]
    tab: ClassVar[str]
    title: ClassVar[str]
    button: ClassVar[str]
    main: ClassVar[str]
    shown: ClassVar[tuple[str, ...]]
    folded: ClassVar[tuple[str, ...]]
    examples: ClassVar[tuple[str, ...]]
    # Whether what it makes is content, which can be public.
    makes_content: ClassVar[bool] = True
    # Whether nobody asked for the values in it: what the person was writing may take their place.
    is_fresh = False

    model = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.Select,
        error_messages={"max_length": "There is no such model."},
    )
    public = forms.BooleanField(
        required=False, label="Public", help_text="Everybody may see the result. Otherwise only you can."
    )
    # One for each page: a form that is sent twice by accident makes one job.
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: Choices, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if not self.makes_content:
            del self.fields["public"]
        picker: Any = self.fields["model"].widget
        picker.choices = models
        for field in self.fields.values():
            # Firefox would bring values back on a reload, the used key among them.
            field.widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        """What the fields alone cannot tell is asked of the API's own check."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            api = PARAMS_OF_KIND[self.kind](data=self.request_params(_SOME_PICTURE))
            api.is_valid()
            for name, sentences in api.errors.items():
                for sentence in sentences:
                    self.add_error(name if name in self.fields else None, self._in_labels(str(sentence)))
        return cleaned

    def request_params(self, picture: str = "") -> dict[str, Any]:
        """The parameters as a request would have them, without those that were left empty."""
        cleaned = self.cleaned_data
        filled = {
            name: cleaned[name]
            for name in self.fields
            if name not in _NO_PARAMETERS and cleaned.get(name) not in (None, "")
        }
        return {**filled, "image": picture} if picture and "image" in self.fields else filled

    def params(self, picture: str = "") -> dict[str, Any]:
        """The validated parameters of the job that the valid form asks for; `picture` is the CID where it needs one."""
        api = PARAMS_OF_KIND[self.kind](data=self.request_params(picture))
        api.is_valid(raise_exception=True)
        return dict(api.validated_data)

    def _in_labels(self, sentence: str) -> str:
        for name, field in self.fields.items():
            sentence = sentence.replace(f"'{name}'", str(field.label or name))
        return sentence

    @property
    def has_picture(self) -> bool:
        """Whether it starts from a picture."""
        return "image" in self.fields

    @property
    def shown_fields(self) -> list[BoundField]:
        return [self[name] for name in self.shown]

    @property
    def folded_fields(self) -> list[BoundField]:
        return [self[name] for name in self.folded]

    @property
    def main_id(self) -> str | None:
        """The id of the field that an example fills."""
        return self[self.main].id_for_label

    @property
    def folded_matters(self) -> bool:
        """Whether the folded part holds something that must be seen: an error, or a value that was set."""
        folded = (*self.folded, "public", "start")
        if self.is_bound:
            return any(name in self.errors for name in folded)
        return any(
            name in self.initial and self.initial[name] not in (None, "", False, self.fields[name].initial)
            for name in folded
            if name in self.fields and name != "start"
        )


class _OnPicture(ComposerForm):
    """A form that starts from a picture: a file, or the CID of one that Atelier has."""

    image = picture_file()
    start = picture_cid()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("image") and cleaned.get("start"):
            raise forms.ValidationError("Give a picture as a file or by its CID, not both.")
        if not cleaned.get("image") and not cleaned.get("start") and not {"image", "start"} & set(self.errors):
            self.add_error("image", "Choose a picture: a file, or one that Atelier has by its CID.")
        return cleaned

    @property
    def picture(self) -> UploadedFile | str:
        """The uploaded file or the CID."""
        found: UploadedFile | str = self.cleaned_data["image"] or self.cleaned_data["start"]
        return found


class ImageForm(ComposerForm):
    """A picture from a prompt."""

    kind, tab = JobKind.IMAGE, "Image"
    title, button = "New picture", "Make picture"
    main = "prompt"
    shown: ClassVar[tuple[str, ...]] = ("prompt", "model")
    folded = (
        *("negative_prompt", "width", "height", "num_inference_steps"),
        *("guidance_scale", "number_of_images", "seed"),
    )
    examples: ClassVar[tuple[str, ...]] = (
        *("a red circle on a blue background", "the ocean at sunset"),
        *("a green star on a black background", "a forest at night"),
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


class ImageToImageForm(_OnPicture, ImageForm):
    """A picture from a picture and a prompt."""

    kind, tab = JobKind.IMAGE_TO_IMAGE, "Image to image"
    title = "New picture from a picture"
    shown = ("prompt", "strength", "model")
    examples = ("the ocean at sunset", "mountains by day", "a city at night")

    prompt = prose(
        ImageToImageParams, "prompt", "Prompt", rows=3, help_text="What the new picture should show. It may be empty."
    )
    strength = number(
        ImageToImageParams, "strength", "Strength", "{bounds}. How far to leave the picture: 0 keeps it, 1 ignores it."
    )
    width = number(ImageToImageParams, "width", "Width", "{bounds} pixels. Empty: the picture's own.", required=False)
    height = number(
        ImageToImageParams, "height", "Height", "{bounds} pixels. Empty: the picture's own.", required=False
    )


class MusicForm(ComposerForm):
    """Sound from a description."""

    kind, tab = JobKind.MUSIC, "Music"
    title, button = "New music", "Make music"
    main, shown, folded = "description", ("description", "duration", "model"), ("seed",)
    examples = (
        *("a calm and relaxing seaside ambiance", "fast energetic drums and bass"),
        *("birds in the morning", "slow piano, dark"),
    )

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
    folded = ("temperature", "number_of_texts", "seed")
    examples = ("a lighthouse in a storm", "the ocean at sunset", "a city at night")

    prompt = prose(TextJobParams, "prompt", "Prompt", rows=3, missing="Write a prompt: what should the text be about?")
    max_tokens = number(TextJobParams, "max_tokens", "Longest answer", "{bounds} tokens; a word has one or two.")
    temperature = number(TextJobParams, "temperature", "Temperature", "{bounds}. 0 takes the likeliest word each time.")
    number_of_texts = number(TextJobParams, "number_of_texts", "Texts", "{bounds}. Each has a seed of its own.")
    seed = number(TextJobParams, "seed", "Seed", _SEED, required=False)


class TagsForm(ComposerForm):
    """Words for a picture, a sound, or both."""

    kind, tab = JobKind.TAGS, "Tags"
    title, button = "New tags", "Find tags"
    main, shown, folded = "image_prompt", ("image_prompt", "sound_description", "model"), ()
    examples = ("the ocean at sunset", "a forest at night", "a city by day")
    makes_content = False

    image_prompt = prose(TagsParams, "image_prompt", "What is in the picture", rows=2)
    sound_description = prose(TagsParams, "sound_description", "What is heard", rows=2)

    def clean(self) -> dict[str, Any]:
        if not any(self.cleaned_data.get(name) for name in ("image_prompt", "sound_description")) and not self.errors:
            self.add_error("image_prompt", "Say what is in the picture, or what is heard, or both.")
        return super().clean()


class AnalysisForm(_OnPicture):
    """The segments of a picture, and how well labels fit it."""

    kind, tab = JobKind.ANALYSIS, "Analyse"
    title, button = "What is in a picture", "Analyse"
    main, shown, folded = "labels", ("labels", "model"), ("max_masks",)
    examples = ("circle, square, triangle, star", "ocean, city, mountains, forest")
    makes_content = False

    labels = forms.CharField(
        label="Your labels",
        required=False,
        max_length=_LABELS.max_length,
        help_text=f"{_LABELS.help_text} Empty: the usual things.",
    )
    max_masks = number(AnalysisParams, "max_masks", "Most segments", "{bounds}")


FORMS: dict[str, type[ComposerForm]] = {
    form.kind.value: form for form in (ImageForm, ImageToImageForm, MusicForm, TextForm, TagsForm, AnalysisForm)
}


def form_class(kind: str | None) -> type[ComposerForm]:
    """The form for a kind of job; that for pictures where there is no such kind."""
    return FORMS.get(kind or "", ImageForm)

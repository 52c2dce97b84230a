"""The form of the studio. Its bounds are those of the API; its sentences speak of labels instead of field names."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator

from generation.models import JobKind
from generation.serializers.fields import Integer
from generation.serializers.images import DEFAULT_STRENGTH, LONGEST_PROMPT, ImageToImageParams

DEFAULT_SIDE = 512
EXAMPLE_PROMPT = "a red circle on a blue background"
# What the demo model was trained for; other models take them as well.
MORE_EXAMPLES = ("the ocean at sunset", "a green star on a black background", "a forest at night")
_PICTURE_TYPES = "image/png,image/jpeg,image/webp"


def _number(name: str, label: str, help_text: str, **kwargs: Any) -> forms.IntegerField:
    """A number with the bounds of the API's parameter `name`, which its help (`{bounds}`) and its errors say."""
    field: Any = ImageToImageParams().fields[name]
    low, high = field.min_value, field.max_value
    bounds = f"{low:g}–{high:.0f}"
    sentence = f"{label} must be a number between {low:g} and {high:.0f}."
    kind = forms.IntegerField if isinstance(field, Integer) else forms.FloatField
    number = kind(
        label=label,
        help_text=help_text.format(bounds=bounds),
        error_messages={"invalid": sentence, "required": sentence},
        **kwargs,
    )
    number.min_value, number.max_value = low, high
    number.validators += [MinValueValidator(low, sentence), MaxValueValidator(high, sentence)]
    number.widget.attrs.update(number.widget_attrs(number.widget))
    return number


class StudioForm(forms.Form):
    """What a person asks for: a picture from a prompt, or from a start picture and a prompt."""

    prompt = forms.CharField(
        max_length=LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write a prompt: what should the picture show?",
            "max_length": f"The prompt must be at most {LONGEST_PROMPT} characters.",
        },
    )
    negative_prompt = forms.CharField(
        label="Negative prompt",
        required=False,
        max_length=LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the picture should not show.",
    )
    width = _number("width", "Width", "{bounds} pixels", required=False)
    height = _number("height", "Height", "{bounds} pixels", required=False)
    num_inference_steps = _number("num_inference_steps", "Steps", "{bounds}. More take longer.", initial=30)
    guidance_scale = _number(
        "guidance_scale", "Guidance scale", "{bounds}. How closely to follow the prompt.", initial=7.5
    )
    seed = _number("seed", "Seed", "{bounds}. Empty: random. The same seed makes the same picture.", required=False)
    number_of_images = _number("number_of_images", "Pictures", "{bounds}. Each has a seed of its own.", initial=1)
    image = forms.FileField(
        label="File",
        required=False,
        widget=forms.FileInput(attrs={"accept": _PICTURE_TYPES}),
        help_text="PNG, JPEG or WebP, at most 28 MB and 64 megapixels.",
    )
    start = forms.CharField(
        label="… or the CID of a picture that Atelier has",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    strength = _number(
        "strength",
        "Strength",
        "{bounds}. How far to leave the start picture: 0 keeps it, 1 ignores it.",
        required=False,
        initial=DEFAULT_STRENGTH,
    )
    public = forms.BooleanField(
        required=False, label="Public", help_text="Everybody may see the picture. Otherwise only you can."
    )
    # One for each page: a form that is sent twice by accident makes one picture.
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Firefox would bring values back on a reload, the used key among them.
            field.widget.attrs["autocomplete"] = "off"
        for name in ("width", "height"):
            self.fields[name].widget.attrs["placeholder"] = DEFAULT_SIDE

    def clean_prompt(self) -> str:
        """With line ends as programs write them; a browser sends CRLF."""
        return str(self.cleaned_data["prompt"]).replace("\r\n", "\n")

    def clean_negative_prompt(self) -> str:
        return str(self.cleaned_data["negative_prompt"]).replace("\r\n", "\n")

    def clean_strength(self) -> float:
        strength = self.cleaned_data["strength"]
        return DEFAULT_STRENGTH if strength is None else float(strength)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("image") and cleaned.get("start"):
            raise forms.ValidationError("Give a start picture as a file or by its CID, not both.")
        return cleaned

    @property
    def kind(self) -> JobKind:
        """Which job the cleaned form asks for."""
        return JobKind.IMAGE_TO_IMAGE if self.start_picture else JobKind.IMAGE

    @property
    def start_picture(self) -> UploadedFile | str | None:
        """The uploaded file or the CID, where one was given."""
        return self.cleaned_data["image"] or self.cleaned_data["start"] or None

    def params(self) -> dict[str, Any]:
        """The job's parameters as the API would have them; the sides of a start picture are left to it where empty."""
        cleaned = self.cleaned_data
        names = ("prompt", "negative_prompt", "num_inference_steps", "guidance_scale", "seed", "number_of_images")
        params = {name: cleaned[name] for name in names}
        sides = {name: cleaned[name] for name in ("width", "height")}
        if self.kind == JobKind.IMAGE_TO_IMAGE:
            return {
                **params,
                **{name: side for name, side in sides.items() if side is not None},
                "strength": cleaned["strength"],
            }
        return {**params, **{name: side or DEFAULT_SIDE for name, side in sides.items()}}

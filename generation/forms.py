"""The form of the studio. Its bounds are those of the API; its sentences speak of labels instead of field names."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import pretty_name

from generation.models import JobKind
from generation.serializers.images import DEFAULT_STRENGTH, GUIDANCE, LONGEST_PROMPT, SIZE, STEPS

DEFAULT_SIDE = 512
EXAMPLE_PROMPT = "a red circle on a blue background"
# What the demo model was trained for; other models take them as well.
MORE_EXAMPLES = ("the ocean at sunset", "a green star on a black background", "a forest at night")
_PICTURE_TYPES = "image/png,image/jpeg,image/webp"


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
    width = forms.IntegerField(
        required=False, min_value=SIZE["min_value"], max_value=SIZE["max_value"], help_text="{low}–{high} pixels"
    )
    height = forms.IntegerField(
        required=False, min_value=SIZE["min_value"], max_value=SIZE["max_value"], help_text="{low}–{high} pixels"
    )
    num_inference_steps = forms.IntegerField(
        label="Steps",
        min_value=STEPS["min_value"],
        max_value=STEPS["max_value"],
        initial=30,
        help_text="{low}–{high}. More take longer.",
    )
    guidance_scale = forms.FloatField(
        label="Guidance scale",
        min_value=GUIDANCE["min_value"],
        max_value=GUIDANCE["max_value"],
        initial=7.5,
        help_text="{low}–{high}. How closely to follow the prompt.",
    )
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=2**32 - 1,
        help_text="{low}–{high}. Empty: random. The same seed makes the same picture.",
    )
    number_of_images = forms.IntegerField(
        label="Pictures", min_value=1, max_value=4, initial=1, help_text="{low}–{high}. Each has a seed of its own."
    )
    image = forms.FileField(
        label="Start picture",
        required=False,
        widget=forms.FileInput(attrs={"accept": _PICTURE_TYPES}),
        help_text="PNG, JPEG or WebP, at most 28 MB and 64 megapixels.",
    )
    start = forms.CharField(
        label="… or its CID",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        help_text="Of a picture that Atelier has.",
    )
    strength = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        initial=DEFAULT_STRENGTH,
        help_text="{low}–{high}. How far to leave the start picture: 0 keeps it, 1 ignores it.",
    )
    public = forms.BooleanField(
        required=False, label="Public", help_text="Everybody may see the picture. Otherwise only you can."
    )
    # One for each page: a form that is sent twice by accident makes one picture.
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # Firefox would bring values back on a reload, the used key among them.
            field.widget.attrs["autocomplete"] = "off"
            if isinstance(field, forms.IntegerField):
                _write_bounds(field, str(field.label or pretty_name(name)))
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


def _write_bounds(field: forms.IntegerField, label: str) -> None:
    """Put a number field's bounds into its help and its errors, so that they are written down once."""
    low, high = f"{field.min_value:g}", f"{field.max_value:.0f}"
    field.help_text = str(field.help_text).format(low=low, high=high)
    sentence = f"{label} must be a number between {low} and {high}."
    for code in ("min_value", "max_value", "invalid", "required"):
        field.error_messages[code] = sentence
    for check in field.validators:
        if isinstance(check, MinValueValidator | MaxValueValidator):
            check.message = sentence

"""Fields of the studio's forms, made from the API's: a bound or a default exists once."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework.fields import empty

from generation.serializers.fields import Integer
from generation.serializers.images import Params

PICTURE_TYPES = "image/png,image/jpeg,image/webp"
NO_SUCH_PICTURE = "There is no picture with this CID that you may see."


class Prose(forms.CharField):
    """Text with line ends as programs write them; a browser sends CRLF."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def number(params: type[Params], name: str, label: str, help_text: str, **kwargs: Any) -> forms.IntegerField:
    """A number with the bounds and the default of `params`' field `name`; its help (`{bounds}`) and errors say them."""
    api: Any = params().fields[name]
    low, high = api.bounds
    sentence = f"{label} must be a number between {low:g} and {high:.0f}."
    if api.default is not empty and api.default is not None:
        kwargs.setdefault("initial", _plain(api.default))
    kind = forms.IntegerField if isinstance(api, Integer) else forms.FloatField
    field = kind(
        label=label,
        help_text=help_text.format(bounds=f"{low:g}–{high:.0f}"),
        error_messages={"invalid": sentence, "required": sentence},
        **kwargs,
    )
    field.min_value, field.max_value = low, high
    field.validators += [MinValueValidator(low, sentence), MaxValueValidator(high, sentence)]
    field.widget.attrs.update(field.widget_attrs(field.widget))
    field.half = True  # type: ignore[attr-defined]  # two stand side by side
    return field


def _plain(value: float) -> float:
    """30 rather than 30.0: what a person would write."""
    return int(value) if value == int(value) else value


def prose(params: type[Params], name: str, label: str, *, rows: int, missing: str = "", **kwargs: Any) -> Prose:
    """A text of several lines; `missing` is the sentence for an empty one where the API needs it."""
    api: Any = params().fields[name]
    return Prose(
        label=label,
        required=bool(api.shortest) and bool(missing),
        max_length=api.max_length,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "max_length": f"{label} must be at most {api.max_length} characters.",
        },
        **kwargs,
    )


def picture_file() -> forms.FileField:
    """A picture from the person's machine."""
    megabytes, megapixels = settings.IMAGE_BYTES / 1e6, settings.IMAGE_PIXELS / 1e6
    return forms.FileField(
        label="Picture",
        required=False,
        widget=forms.FileInput(attrs={"accept": PICTURE_TYPES}),
        help_text=f"PNG, JPEG or WebP, at most {megabytes:g} MB and {megapixels:g} megapixels.",
        error_messages={"empty": "The picture's file is empty. Choose another one."},
    )


def words(params: type[Params], name: str, label: str, help_text: str) -> forms.CharField:
    """Comma-separated words; the help (`{bounds}`) says how many."""
    api: Any = params().fields[name]
    return forms.CharField(
        label=label, required=False, max_length=api.max_length, help_text=help_text.format(bounds=api.help_text)
    )


def picture_cid(label: str, help_text: str = "") -> forms.CharField:
    """A picture that Atelier has."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"max_length": NO_SUCH_PICTURE},
    )

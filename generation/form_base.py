"""What the studio's forms have in common. What they refuse, they refuse in the words of their labels."""

from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField

from generation.form_fields import picture_cid, picture_file
from generation.models import JobKind
from generation.personal.aliases import LONGEST_NAME
from generation.presets import Preset, presets_of
from generation.prompts import EXAMPLES, has_surprises
from generation.serializers.jobs import PARAMS_OF_KIND

# Fields of the page, not parameters of a job.
_NO_PARAMETERS = ("model", "public", "key", "image", "start", "written", "put")
# A picture that a valid form would name: what the API checks before it looks for the picture.
_SOME_PICTURE = "picture"
# (value, label), or a group of them under its name.
Choices = list[tuple[str, Any]]
# The name of a group of presets, and each preset with whether the form shows its values.
ShownGroup = tuple[str, list[tuple[Preset, bool]]]


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
    # Whether what it makes is content, which can be public.
    makes_content: ClassVar[bool] = True
    # The fields that send a parameter under another name than theirs.
    names_of_api: ClassVar[dict[str, str]] = {}
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
    # What stood in the main field before buttons filled it in, and what the last one put there: `generation.filling`.
    written = forms.CharField(required=False, widget=forms.HiddenInput)
    put = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: Choices, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if not self.makes_content:
            del self.fields["public"]
        self.models = models
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
                field = self.names_of_api.get(name, name)
                for sentence in sentences:
                    words = str(sentence).replace(f"'{name}'", f"'{field}'")
                    self.add_error(field if field in self.fields else None, self._in_labels(words))
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
    def examples(self) -> tuple[str, ...]:
        """What may be written into the main field."""
        return EXAMPLES[self.kind]

    @property
    def has_surprises(self) -> bool:
        """Whether a prompt can be proposed."""
        return has_surprises(self.kind)

    @property
    def shown_parts(self) -> list[tuple[BoundField, list[ShownGroup]]]:
        """The fields that are always in sight, each with the presets for it."""
        return [(self[name], self._presets_for({name})) for name in self.shown]

    @property
    def other_presets(self) -> list[ShownGroup]:
        """The presets for fields that are folded away."""
        return self._presets_for(set(self.folded))

    def _presets_for(self, names: set[str]) -> list[ShownGroup]:
        shown = {name: self[name].value() for name in self.fields}
        return [
            (group.name, [(preset, preset.is_in_force(shown)) for preset in group.presets])
            for group in presets_of(self.kind)
            if group.fields <= names
        ]

    @property
    def has_picture(self) -> bool:
        """Whether it starts from a picture."""
        return "image" in self.fields

    @property
    def folded_fields(self) -> list[BoundField]:
        return [self[name] for name in self.folded]

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


class OnPicture(ComposerForm):
    """A form that starts from a picture: a file, or the CID of one that Atelier has."""

    image = picture_file()
    start = picture_cid("… or the CID of one that is here")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("image") and cleaned.get("start"):
            raise forms.ValidationError("Give a picture as a file or by its CID, not both.")
        if not cleaned.get("image") and not cleaned.get("start") and not {"image", "start"} & set(self.errors):
            self.add_error("image", "Choose a picture: a file, or one that Atelier has by its CID.")
        return cleaned

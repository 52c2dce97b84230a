"""What a list of content can be narrowed to, as addresses say it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import django_filters
from django import forms
from django_filters.utils import translate_validation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from content.lists import Wanted
from content.models import Content, Kind, Visibility
from content.tags import LONGEST_TAG, clean_tag
from content.terms import LARGEST_SEED, LONGEST_MODEL
from content.words import words_of

LONGEST_QUERY = 200
MOST_QUERY_WORDS = 10


def _one_of(choices: list[tuple[str, str]], name: str) -> django_filters.ChoiceFilter:
    sentence = f"'{name}' must be one of {', '.join(value for value, _ in choices)}."
    return django_filters.ChoiceFilter(choices=choices, error_messages={"invalid_choice": sentence})


def _text(name: str, longest: int, **options: Any) -> django_filters.CharFilter:
    sentence = f"'{name}' must have at most {longest} characters."
    return django_filters.CharFilter(max_length=longest, error_messages={"max_length": sentence}, **options)


class _Moment(forms.Field):
    """A date or a time in ISO 8601, UTC where it names no zone; `end_of_day`: a date means its last microsecond."""

    def __init__(self, *, name: str, end_of_day: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name, self.end_of_day = name, end_of_day

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            if len(text) <= 10:
                moment = datetime.combine(date.fromisoformat(text), time.max if self.end_of_day else time.min)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        # MariaDB's times begin with the year 1000.
        if moment is None or moment.year < 1000:
            raise forms.ValidationError(
                f"'{self.name}' must be a date or a time, such as 2026-11-01 or 2026-11-01T08:00:00Z."
            )
        return moment


@extend_schema_field(OpenApiTypes.STR)
class MomentFilter(django_filters.Filter):  # type: ignore[misc]
    """Rows made at or after, or at or before a date or a time."""

    field_class = _Moment


class _Seed(forms.IntegerField):
    """A seed, exactly as it was."""

    def __init__(self, **kwargs: Any) -> None:
        sentence = f"'seed' must be a whole number between 0 and {LARGEST_SEED}."
        names = ("invalid", "min_value", "max_value")
        super().__init__(min_value=0, max_value=LARGEST_SEED, error_messages=dict.fromkeys(names, sentence), **kwargs)


@extend_schema_field(OpenApiTypes.INT64)
class SeedFilter(django_filters.Filter):  # type: ignore[misc]
    """Rows with this seed."""

    field_class = _Seed


class _Form(forms.Form):
    """What no filter can check by itself."""

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        words = words_of(text)
        if text and not words:
            raise forms.ValidationError("'q' must have a letter or a digit.")
        if len(words) > MOST_QUERY_WORDS:
            raise forms.ValidationError(f"'q' must have at most {MOST_QUERY_WORDS} words.")
        return text


class ContentFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of a list: their form checks them, `wanted` says what was asked for. They filter no queryset.

    `?kind=`, `?q=` (words of the prompt), `?tag=`, `?model=` (a checkpoint's name), `?seed=`, `?visibility=`, `?from=`
    and `?to=` (when it was made).
    """

    kind = _one_of(Kind.choices, "kind")
    q = _text(
        "q",
        LONGEST_QUERY,
        help_text="Words of the prompt in any order, or their beginnings; case and accents do not count.",
    )
    tag = _text("tag", LONGEST_TAG, help_text="A whole tag.")
    model = _text("model", LONGEST_MODEL, help_text="The checkpoint that made it, by its name.")
    seed = SeedFilter()
    visibility = _one_of(Visibility.choices, "visibility")

    class Meta:
        model = Content
        form = _Form
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        # `from` is a word of the language: it cannot be an attribute.
        days = "A date, or a time in ISO 8601; inclusive."
        return {
            **super().get_filters(),
            "from": MomentFilter(name="from", end_of_day=False, help_text=days),
            "to": MomentFilter(name="to", end_of_day=True, help_text=days),
        }

    def wanted(self, *, mine: bool = False) -> Wanted:
        """What a valid form asks for; `mine`: of the viewer's own alone."""
        asked = self.form.cleaned_data
        return Wanted(
            kind=asked["kind"],
            q=asked["q"],
            tag=clean_tag(asked["tag"]),
            model=asked["model"],
            seed=asked["seed"],
            visibility=asked["visibility"],
            since=asked["from"],
            until=asked["to"],
            mine=mine,
        )


def wanted_in(query: Mapping[str, Any]) -> Wanted:
    """What an address asks for. Raises DRF's `ValidationError` with a sentence for each filter that cannot be."""
    filters = ContentFilter(query, queryset=Content.objects.none())
    if not filters.is_valid():
        raise translate_validation(filters.errors)
    return filters.wanted()

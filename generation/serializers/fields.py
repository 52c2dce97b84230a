"""Strict fields: a value has the type that JSON says, and each refusal is one sentence that names the field."""

import math
import re
from typing import Any

from rest_framework import serializers
from rest_framework.utils.html import is_html_input

_FORM_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _Named:
    """Gives a field's messages its name, which is known only when the field is bound to its serializer."""

    wrong: str
    error_messages: dict[str, Any]

    def bind(self, field_name: str, parent: serializers.BaseSerializer) -> None:
        super().bind(field_name, parent)  # type: ignore[misc]
        for code in ("required", "null", "blank", "invalid"):
            self.error_messages[code] = f"'{field_name}' {self.wrong}"

    def refuse(self, sentence_end: str) -> serializers.ValidationError:
        return serializers.ValidationError(f"'{self.field_name}' {sentence_end}")  # type: ignore[attr-defined]


class Text(_Named, serializers.CharField):
    """A string of `min_length` (0) to `max_length` characters, kept as it came."""

    def __init__(
        self, *, max_length: int, min_length: int = 0, wrong: str = "must be a string.", **kwargs: Any
    ) -> None:
        self.wrong = wrong
        self.shortest = min_length
        super().__init__(
            max_length=max_length,
            min_length=min_length or None,
            trim_whitespace=False,
            allow_blank=min_length == 0,
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or (self.shortest and not data.strip()):
            raise self.refuse(self.wrong)
        if not self.shortest <= len(data) <= (self.max_length or 0):
            bound = f"between {self.shortest} and" if self.shortest else "at most"
            raise self.refuse(f"must be {bound} {self.max_length} characters.")
        if _UNSTORABLE.search(data):
            raise self.refuse("must not contain null characters or lone surrogates.")
        return data


class Integer(_Named, serializers.IntegerField):
    """A whole number from `min_value` to `max_value`. `30.0` is one, as in JSON Schema; `"30"` and `true` are not."""

    def __init__(
        self, *, min_value: int, max_value: int, wrong: str = "must be a positive number.", **kwargs: Any
    ) -> None:
        self.wrong = wrong
        self.bounds = (min_value, max_value)
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        number = _checked_number(self, data)
        if number != int(number):
            raise self.refuse(self.wrong)
        return int(number)


class Number(_Named, serializers.FloatField):
    """A finite number from `min_value` to `max_value`."""

    def __init__(
        self, *, min_value: float, max_value: float, wrong: str = "must be a positive number.", **kwargs: Any
    ) -> None:
        self.wrong = wrong
        self.bounds = (min_value, max_value)
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        return float(_checked_number(self, data))


class Choice(_Named, serializers.ChoiceField):
    """One of a closed list of words."""

    def __init__(self, *, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        self.wrong = f"must be one of {', '.join(value for value, _ in choices)}."
        super().__init__(choices=choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            raise self.refuse(self.wrong)
        return data


class Flag(_Named, serializers.BooleanField):
    """True or false; only a form, which has no such values, may write them as text."""

    wrong = "must be true or false."

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, str) and is_html_input(getattr(self.parent, "initial_data", None)):
            data = {"true": True, "false": False}.get(data.strip().lower(), data)
        if not isinstance(data, bool):
            raise self.refuse(self.wrong)
        return data


def _checked_number(field: Integer | Number, data: Any) -> int | float:
    """`data` as a finite number within the field's bounds. Only a form, which has no numbers, may write it as text."""
    if isinstance(data, str) and is_html_input(getattr(field.parent, "initial_data", None)):
        data = float(data) if _FORM_NUMBER.fullmatch(data.strip()) else None
    if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(_as_float(data)):
        raise field.refuse(field.wrong)
    low, high = field.bounds
    if data <= 0 and low > 0:
        raise field.refuse(field.wrong)
    if not low <= data <= high:
        raise field.refuse(f"must be between {low:g} and {high:.0f}.")
    return data


def _as_float(data: float) -> float:
    try:
        return float(data)
    except OverflowError:
        return 0.0  # A whole number beyond every bound: finite.

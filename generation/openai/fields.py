"""What every request under `/v1` does with fields: null is left out, and nothing is ignored that would matter."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.fields import empty

from generation.openai.errors import UnknownParameter, UnsupportedParameter
from generation.pictures import LARGEST_SIDE, SMALLEST_SIDE
from generation.serializers.fields import Text
from generation.serializers.images import Params

_LONGEST_NAME = 100
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)


class OpenAIRequest(Params):
    """The base of requests under `/v1`: `ignored` fields change no answer, `neutral` ones only by other values."""

    ignored: ClassVar[tuple[str, ...]] = ()
    neutral: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    # Files of a form, which the view takes.
    files: ClassVar[tuple[str, ...]] = ()

    def run_validation(self, data: Any = empty) -> Any:
        if type(data) is dict:
            # OpenAI's clients send null for what was set to None, and mean the default.
            data = {name: value for name, value in data.items() if value is not None}
        if isinstance(data, Mapping):
            self._check_names(data)
        return super().run_validation(data)

    def _check_names(self, data: Mapping[str, Any]) -> None:
        for name, value in data.items():
            if name in self.fields or name in self.ignored or name in self.files:
                continue
            if name not in self.neutral:
                # A name of the client's own may be long, or no valid Unicode.
                raise UnknownParameter(str(name)[:_LONGEST_NAME].encode(errors="backslashreplace").decode())
            if value not in self.neutral[name]:
                raise UnsupportedParameter(name)


class Size(Text):
    """`WIDTHxHEIGHT` in pixels; its value is (width, height), or None for `auto`."""

    def __init__(self, **kwargs: Any) -> None:
        text = f"`auto`, or WIDTHxHEIGHT with sides from {SMALLEST_SIDE} to {LARGEST_SIDE} pixels."
        super().__init__(min_length=1, max_length=20, wrong="must be a string.", help_text=text, **kwargs)

    def to_internal_value(self, data: Any) -> tuple[int, int] | None:  # type: ignore[override]
        text = super().to_internal_value(data)
        if text == "auto":
            return None
        match = _SIZE.fullmatch(text)
        sides = (int(match[1]), int(match[2])) if match else (0, 0)
        if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides):
            raise self.refuse(
                f"must be auto, or WIDTHxHEIGHT with sides from {SMALLEST_SIDE} to {LARGEST_SIDE} pixels."
            )
        return sides

    def run_validators(self, value: Any) -> None:
        """None: what a text is asked was asked above, and the value is no text."""

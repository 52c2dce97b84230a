"""Request parsers that answer every unreadable body with a `ParseError`; some make DRF's own fail with a 500."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.parsers import MultiPartParser as DrfMultiPartParser


class JSONParser(BaseParser):
    """JSON by RFC 8259: UTF-8 whatever the charset parameter says, and no NaN or Infinity."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return json.loads(stream.read().decode("utf-8"), parse_constant=_refuse_constant)
        # Deep nesting ends in a RecursionError; numbers of thousands of digits and bad UTF-8 are ValueErrors.
        except (ValueError, RecursionError):
            raise ParseError("The body is not valid JSON.") from None


class MultiPartParser(DrfMultiPartParser):
    """Form data with files. Too many parts are a malformed request here, not a page of Django's."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig:
            raise
        except SuspiciousOperation:
            raise ParseError("The form has too many parts.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

"""What a request to the gateway asks for.

https://specs.ipfs.tech/http-gateways/trustless-gateway/ defines `format`, `dag-scope` and `entity-bytes`.
"""

import re
from dataclasses import dataclass
from enum import Enum

from django.http import HttpRequest
from django.http.request import MediaType

from common.errors import InvalidInput
from content.errors import UnsupportedFormat

RAW_TYPE = "application/vnd.ipld.raw"
CAR_TYPE = "application/vnd.ipld.car"
# What our archives are like, whatever else the client would have taken.
CAR_CONTENT_TYPE = f"{CAR_TYPE}; version=1; order=dfs; dups=n"
_OF_GATEWAYS = ("vnd.ipld.", "vnd.ipfs.")
_BYTES = re.compile(r"(-?\d{1,18}):(-?\d{1,18}|\*)", re.ASCII)


class Format(Enum):
    """The form of an answer: the file, one block, or an archive of blocks."""

    FILE = "file"
    RAW = "raw"
    CAR = "car"


class Scope(Enum):
    """Which blocks of an archive. All content is files: an entity has no blocks beside its own, so that it is all."""

    BLOCK = "block"
    ENTITY = "entity"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of a file whose blocks are wanted: `first` and `last` byte, from the end where negative."""

    scope: Scope = Scope.ALL
    first: int = 0
    last: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all blocks are wanted."""
        return self.scope is not Scope.BLOCK and self.first == 0 and self.last is None

    def name(self) -> str:
        """What an ETag adds to tell this part from the whole; empty for the whole."""
        if self.scope is Scope.BLOCK:
            return ".block"
        return "" if self.is_whole else f".{self.first}:{'*' if self.last is None else self.last}"

    def span(self, size: int) -> tuple[int, int]:
        """The half-open offsets within a file of `size` bytes; an empty span at its end where nothing is wanted."""
        start = self.first if self.first >= 0 else max(size + self.first, 0)
        end = size if self.last is None else min((self.last if self.last >= 0 else size + self.last) + 1, size)
        return (start, end) if start < end else (size, size)


def wanted_format(request: HttpRequest) -> Format:
    """`?format=`, else the gateway's types in `Accept`, else the file. Raises `UnsupportedFormat`."""
    asked = request.GET.get("format")
    if asked is not None:
        try:
            found = Format(asked) if asked != Format.FILE.value else None
        except ValueError:
            found = None
        if found is None or (found is Format.CAR and request.GET.get("car-version", "1") != "1"):
            raise UnsupportedFormat
        return found
    types = [media for media in request.accepted_types if media.sub_type.startswith(_OF_GATEWAYS)]
    for media in types:
        if (found := _served(media)) is not None:
            return found
    if types:
        raise UnsupportedFormat
    return Format.FILE


def _served(media: MediaType) -> Format | None:
    name = f"{media.main_type}/{media.sub_type}"
    if name == RAW_TYPE:
        return Format.RAW
    # Older clients name no version. The others parameters are preferences: the answer's type says what it is.
    return Format.CAR if name == CAR_TYPE and media.params.get("version", "1") == "1" else None


def wanted_selection(request: HttpRequest) -> Selection:
    """`?dag-scope=` and `?entity-bytes=` (which means the scope `entity`). Raises `InvalidInput`."""
    try:
        scope = Scope(request.GET.get("dag-scope", Scope.ALL.value))
    except ValueError as error:
        raise _refusal("dag-scope", "must be block, entity or all") from error
    asked = request.GET.get("entity-bytes")
    if asked is None:
        return Selection(scope)
    match = _BYTES.fullmatch(asked)
    if match is None:
        raise _refusal("entity-bytes", "must be FIRST:LAST, such as 0:1023, 1024:* or -1024:*")
    first, last = int(match[1]), None if match[2] == "*" else int(match[2])
    if last is not None and (first < 0) == (last < 0) and last < first:
        raise _refusal("entity-bytes", "must not end before it begins")
    return Selection(scope if scope is Scope.BLOCK else Scope.ENTITY, first, last)


def _refusal(name: str, rule: str) -> InvalidInput:
    sentence = f"'{name}' {rule}."
    return InvalidInput(sentence, errors={name: [sentence]})

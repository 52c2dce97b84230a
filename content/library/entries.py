"""The index of a library: what a block cannot say about itself, as JSON.

An index is one or more pages. A page is a block of the codec dag-json (0x0129, https://ipld.io/specs/codecs/dag-json/)
and a root of its archive:

    {"contents": [ENTRY, …], "format": "atelier-library", "owner": "ada", "version": 1}

An entry links to the content's file as `"cid": {"/": "bafy…"}`, so that tools of IPFS find the whole library from the
roots. Its other fields are those of `GET /api/v1/contents`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from rest_framework import serializers

from content.errors import DamagedArchive, MalformedCid
from content.models import Content, Kind, Visibility
from content.storage import cids
from content.storage.cids import SHA2_256, Cid
from content.tags import LONGEST_TAG

DAG_JSON = 0x0129
FORMAT = "atelier-library"
VERSION = 1
# A page is closed behind the entry that takes it over this many bytes.
PAGE_BYTES = 2**18
_LARGEST_INTEGER = 2**31 - 1
_LARGEST_FILE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of content without its bytes. `duration` is in seconds, sides are in pixels."""

    cid: Cid
    kind: str
    media_type: str
    size_bytes: int
    created_at: datetime | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    prompt: str = ""
    provenance: dict[str, Any] | None = None
    visibility: str = Visibility.PRIVATE
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an index that was read."""

    owner: str
    entries: tuple[Entry, ...]


class _Link(serializers.Field):
    def to_representation(self, value: str) -> dict[str, str]:
        return {"/": value}

    def to_internal_value(self, data: Any) -> Cid:
        text = data.get("/") if isinstance(data, dict) and len(data) == 1 else None
        try:
            cid = cids.parse(text) if isinstance(text, str) else None
        except MalformedCid:
            cid = None
        if cid is None or cid.hash_code != SHA2_256:
            raise serializers.ValidationError('must be a link, {"/": CID}, of SHA-256.')
        return cid


class _Tags(serializers.ListField):
    def get_attribute(self, instance: Any) -> list[str]:
        return sorted(tag.name for tag in instance.tags.all())


class _EntrySerializer(serializers.Serializer):
    cid = _Link()
    kind = serializers.ChoiceField(choices=Kind.choices)
    media_type = serializers.CharField(max_length=64, allow_blank=True)
    size_bytes = serializers.IntegerField(min_value=0, max_value=_LARGEST_FILE)
    width = serializers.IntegerField(min_value=0, max_value=_LARGEST_INTEGER, allow_null=True)
    height = serializers.IntegerField(min_value=0, max_value=_LARGEST_INTEGER, allow_null=True)
    duration = serializers.FloatField(min_value=0, allow_null=True)
    prompt = serializers.CharField(allow_blank=True, trim_whitespace=False)
    provenance = serializers.DictField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    tags = _Tags(child=serializers.CharField(max_length=LONGEST_TAG))
    created_at = serializers.DateTimeField(default_timezone=UTC)


class _PageSerializer(serializers.Serializer):
    owner = serializers.CharField(allow_blank=True)
    contents = _EntrySerializer(many=True)


def entry_json(content: Content) -> bytes:
    """The entry of a row whose tags are loaded."""
    return _dumps(_EntrySerializer(content).data)


def pages(*, owner: str, entries: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of an index of `entries`; one without entries where there are none."""
    page: list[bytes] = []
    length, written = 0, False
    for entry in entries:
        page.append(entry)
        length += len(entry)
        if length > PAGE_BYTES:
            yield _page(owner, page)
            page, length, written = [], 0, True
    if page or not written:
        yield _page(owner, page)


def _page(owner: str, entries: list[bytes]) -> bytes:
    end = _dumps({"format": FORMAT, "owner": owner, "version": VERSION})
    return b'{"contents":[' + b",".join(entries) + b"]," + end[1:]


def _dumps(value: Any) -> bytes:
    # The form of dag-json: sorted, without spaces. Text that is none (a lone surrogate) has no form.
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def links(page: bytes) -> list[Cid]:
    """The contents that a page of ours links to."""
    return [cids.parse(entry["cid"]["/"]) for entry in orjson.loads(page)["contents"]]


def read_page(block: bytes) -> Page | None:
    """What a page says; None for JSON of another kind. Raises `DamagedArchive`."""
    try:
        body = orjson.loads(block)
    except orjson.JSONDecodeError as error:
        raise DamagedArchive("The index of the archive is no JSON.") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        return None
    if body.get("version") != VERSION:
        raise DamagedArchive("The index of the archive was written by a newer Atelier: import it there, or update.")
    page = _PageSerializer(data=body)
    if not page.is_valid():
        raise DamagedArchive("The index of the archive has an entry that cannot be read.")
    found = page.validated_data
    return Page(found["owner"], tuple(Entry(**{**item, "tags": tuple(item["tags"])}) for item in found["contents"]))

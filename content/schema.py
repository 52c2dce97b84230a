"""The OpenAPI descriptions of `/get-content` and `/api/v1/contents`."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from common.schema import errors, problems
from content.serializers import (
    ContentChangeSerializer,
    ContentDetailSerializer,
    ContentSerializer,
    RegistryEntrySerializer,
    VerificationSerializer,
)

_CID = OpenApiParameter(
    "cid", OpenApiTypes.STR, OpenApiParameter.PATH, description="A CID, in any encoding of its bytes."
)
_CID_EXAMPLE = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_CONTENT_EXAMPLE = {
    "cid": _CID_EXAMPLE,
    "kind": "image",
    "media_type": "image/png",
    "size_bytes": 51234,
    "width": 512,
    "height": 512,
    "duration": None,
    "prompt": "a red circle on a blue background",
    "provenance": {"engine": "diffusers", "model": "demo-stable-diffusion", "revision": "2", "seed": 42},
    "tags": ["circle", "red"],
    "visibility": "public",
    "pin_state": "local",
    "owner": "ada",
    "created_at": "2026-11-21T08:00:02.470000Z",
    "url": f"https://atelier.example/ipfs/{_CID_EXAMPLE}",
}
_DETAIL_EXAMPLE = {
    **_CONTENT_EXAMPLE,
    "pin_state": "pinning",
    "pin": {"error": "The IPFS node does not answer.", "attempts": 1, "next_try_at": "2026-11-21T08:00:12.470000Z"},
    "notice": "",
}
_UPLOAD_EXAMPLE = {**_CONTENT_EXAMPLE, "prompt": "", "provenance": {}, "tags": [], "visibility": "private"}
_ENTRY_EXAMPLE = {
    "cid": _CID_EXAMPLE,
    "type": "image",
    "description": "a red circle on a blue background",
    "created_at": "2026-11-21T08:00:02.470000Z",
    "url": f"https://atelier.example/view-image/{_CID_EXAMPLE}",
    "model": "demo-stable-diffusion",
    "owner": "ada",
}
_DELETE_PROBLEMS = problems(401, 403, 404, 406, 429)
_READ_PROBLEMS = problems(401, 403, 404, 406, 429, 451)
_CHANGE_PROBLEMS = problems(400, 401, 403, 404, 406, 413, 415, 429, 451)

_NEXT = (
    "`next` is the address of the next page, null at the end. A page may hold fewer entries than asked for, or none, "
    "while `next` is there: what hardly ever fits is found in several answers."
)

GET_CONTENT: dict[str, Any] = {
    "operation_id": "registry_list",
    "summary": "List the registry",
    "description": f"Public content and your own, newest first. {_NEXT}",
    "tags": ["registry"],
    "responses": {200: RegistryEntrySerializer(many=True), **errors(400, 401, 403, 404, 406, 429)},
    "examples": [OpenApiExample("An image", _ENTRY_EXAMPLE, response_only=True, status_codes=["200"])],
}


class PictureForm(serializers.Serializer):
    """The form of an upload: one picture, in one of the three fields."""

    image = serializers.FileField(required=False, help_text="png, jpeg or webp")
    file = serializers.FileField(required=False, help_text="Other name of `image`.")
    buffer = serializers.FileField(required=False, help_text="Other name of `image`.")


CONTENTS_LIST: dict[str, Any] = {
    "operation_id": "contents_list",
    "summary": "List content",
    "description": f"Your own content and everybody's public content, newest first. {_NEXT}",
    "tags": ["contents"],
    "responses": {200: ContentSerializer(many=True), **problems(400, 401, 403, 404, 406, 429)},
    "examples": [OpenApiExample("An image", _CONTENT_EXAMPLE, response_only=True, status_codes=["200"])],
}

CONTENTS_CREATE: dict[str, Any] = {
    "operation_id": "contents_create",
    "summary": "Upload a picture",
    "description": (
        "A png, jpeg or webp of at most 28 MB and 64 megapixels. It is kept as a PNG of its pixels: upright, without "
        "EXIF. The same picture again is the same content."
    ),
    "tags": ["contents"],
    "filters": False,
    "request": {"multipart/form-data": PictureForm},
    "responses": {
        201: OpenApiResponse(ContentSerializer, "`Location` names it."),
        **problems(400, 401, 403, 406, 413, 415, 429, 503),
    },
    "examples": [OpenApiExample("A picture", _UPLOAD_EXAMPLE, response_only=True, status_codes=["201"])],
}

CONTENTS_RETRIEVE: dict[str, Any] = {
    "operation_id": "contents_retrieve",
    "summary": "Look at content",
    "tags": ["contents"],
    "parameters": [_CID],
    "responses": {200: ContentDetailSerializer, **_READ_PROBLEMS},
    "examples": [OpenApiExample("An image", _DETAIL_EXAMPLE, response_only=True, status_codes=["200"])],
}

CONTENTS_CHANGE: dict[str, Any] = {
    "operation_id": "contents_change",
    "summary": "Change who sees content, or its tags",
    "description": (
        "`tags` replaces all tags; kept in lower case, each once. Publishing has the IPFS node pin it, where there is "
        "one; making it private has the node drop it, and `notice` says what that cannot undo. Neither waits for the "
        "node. Another user's content can only be read: 403."
    ),
    "tags": ["contents"],
    "parameters": [_CID],
    "request": ContentChangeSerializer,
    "responses": {200: ContentDetailSerializer, **_CHANGE_PROBLEMS},
    "examples": [
        OpenApiExample("Publish", {"visibility": "public", "tags": ["sunset", "boat"]}, request_only=True),
    ],
}

CONTENTS_DELETE: dict[str, Any] = {
    "operation_id": "contents_delete",
    "summary": "Delete content",
    "description": "Its addresses, signed ones too, end at once. Another user's content can only be read: 403.",
    "tags": ["contents"],
    "parameters": [_CID],
    "request": None,
    "responses": {204: None, **_DELETE_PROBLEMS},
}

CONTENTS_RAW: dict[str, Any] = {
    "operation_id": "contents_raw",
    "summary": "Read the bytes of content",
    "description": "With `ETag`, ranges and revalidation.",
    "tags": ["contents"],
    "parameters": [_CID],
    "responses": {
        (200, "application/octet-stream"): OpenApiTypes.BINARY,
        (206, "application/octet-stream"): OpenApiTypes.BINARY,
        302: OpenApiResponse(description="For a key, where private files are read from the bucket itself: there."),
        304: None,
        416: None,
        **problems(401, 403, 404, 429, 451, 500, 503),
    },
}

CONTENTS_EXPORT: dict[str, Any] = {
    "operation_id": "contents_export",
    "summary": "Export your library",
    "description": (
        "One CAR archive (version 1) of all your content, each block once. Its roots are the pages of an index: JSON "
        "(dag-json) that says of each piece what the library says, and links to it. `manage.py content import` reads "
        "it, and so does every tool that reads CAR."
    ),
    "tags": ["contents"],
    "responses": {(200, "application/vnd.ipld.car"): OpenApiTypes.BINARY, **problems(401, 403, 429, 500, 503)},
}

CONTENTS_VERIFY: dict[str, Any] = {
    "operation_id": "contents_verify",
    "summary": "Verify content",
    "description": (
        "Reads every stored block of it and compares it with its hash; of public content it fetches the first "
        "blocks from the IPFS node, too, where there is one, for some seconds."
    ),
    "tags": ["contents"],
    "parameters": [_CID],
    "request": None,
    "responses": {200: VerificationSerializer, **_READ_PROBLEMS, **problems(503)},
    "examples": [
        OpenApiExample(
            "Sound",
            {"cid": _CID_EXAMPLE, "intact": True, "blocks": 1, "size_bytes": 51234, "faults": [], "node": None},
            response_only=True,
            status_codes=["200"],
        ),
        OpenApiExample(
            "Damaged",
            {
                "cid": _CID_EXAMPLE,
                "intact": False,
                "blocks": 1,
                "size_bytes": 0,
                "faults": [{"cid": _CID_EXAMPLE, "code": "damaged_content"}],
                "node": {"state": "same", "pinned": True, "blocks": 1},
            },
            response_only=True,
            status_codes=["200"],
        ),
    ],
}

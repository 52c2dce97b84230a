"""`GET /get-content`: the registry as the seed's page lists it."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from content import schema
from content.serializers import RegistryEntrySerializer
from content.views.lists import ContentList, ListPages


class RegistryPages(ListPages):
    """Cursor pages of `limit` entries, 1 to 200."""

    page_size_query_param = "limit"
    page_size_query_description = "Entries of a page, 1 to 200."
    max_page_size = 200
    with_tags = False

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("limit")
        if asked is None:
            return int(self.page_size)
        # DRF's own would clamp silently.
        limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 else 0
        if not 1 <= limit <= self.max_page_size:
            sentence = f"'limit' must be a whole number between 1 and {self.max_page_size}."
            raise InvalidInput(sentence, errors={"limit": [sentence]})
        return limit

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"content": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = "https://atelier.example/get-content?cursor=cD0yMDI2"
        next_page = {"type": "string", "format": "uri", "nullable": True, "example": following}
        return {"type": "object", "required": ["content", "next"], "properties": {"content": schema, "next": next_page}}


@extend_schema_view(get=extend_schema(**schema.GET_CONTENT))
class GetContent(ContentList):
    """Public content and the caller's own, newest first."""

    serializer_class = RegistryEntrySerializer
    pagination_class = RegistryPages

"""Lists of content over HTTP: the filters of the address, and pages by cursors."""

from typing import Any, cast

from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.pagination import PAGE_SIZE, NewestFirst
from content.filters import ContentFilter, wanted_in
from content.lists import Page, newest
from content.models import Content


class ListPages(NewestFirst):
    """Pages of `content.lists.newest`: the contract of `NewestFirst`, whatever the number of rows."""

    # Whether the serializer shows the tags.
    with_tags = True

    def read(self, request: Request) -> list[Content]:
        """The rows of the page that the request asks for."""
        self._address = request.build_absolute_uri()
        self._page: Page = newest(
            viewer=request.user,
            wanted=wanted_in(request.query_params),
            cursor=request.query_params.get(self.cursor_query_param) or None,
            limit=self.get_page_size(request) or PAGE_SIZE,
            with_tags=self.with_tags,
        )
        return self._page.rows

    def get_next_link(self) -> str | None:
        return self._link(self._page.next)

    def get_previous_link(self) -> str | None:
        return self._link(self._page.previous)

    def _link(self, cursor: str | None) -> str | None:
        return cursor and replace_query_param(self._address, self.cursor_query_param, cursor)


class ContentList(ListAPIView):
    """The caller's own content and what is public, newest first, narrowed by the filters of the address."""

    pagination_class = ListPages
    # For the OpenAPI document: the pages read the filters themselves.
    filterset_class = ContentFilter
    queryset = Content.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        pages = cast(ListPages, self.paginator)
        rows = pages.read(request)
        return pages.get_paginated_response(self.get_serializer(rows, many=True).data)

"""Pages of lists: of the API, `{"results", "next", "previous"}`, and of the administration."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from rest_framework.pagination import CursorPagination

PAGE_SIZE = 50


class NewestFirst(CursorPagination):
    """Cursor pages of 50 by `created_at`, newest first, equal times by id; a subclass names other columns.

    They are stable while rows are added.
    """

    page_size = PAGE_SIZE
    ordering: tuple[str, ...] = ("-created_at", "-id")


class BoundedPaginator(Paginator):
    """Counts to `most` rows and no further: a million rows are not read to say how many they are.

    Beyond, whoever looks for something narrows the list.
    """

    most = 10_000
    template_name = "admin/common/bounded_pagination.html"

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.most + 1].count())

    @cached_property
    def count(self) -> int:
        """How many rows there are, or `most`."""
        return min(self._found, self.most)

    @cached_property
    def is_cut(self) -> bool:
        """Whether there are more than `most`."""
        return self._found > self.most


class LongList:
    """For a `ModelAdmin` whose rows may be a million: pages of 50, counted to a bound."""

    list_per_page = PAGE_SIZE
    paginator = BoundedPaginator
    show_full_result_count = False

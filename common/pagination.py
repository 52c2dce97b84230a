"""Pages of lists: `{"results", "next", "previous"}`, stable while rows are added."""

from rest_framework.pagination import CursorPagination

PAGE_SIZE = 50


class NewestFirst(CursorPagination):
    """Cursor pages of 50 by `created_at`, newest first, equal times by id; a subclass names other columns."""

    page_size = PAGE_SIZE
    ordering: tuple[str, ...] = ("-created_at", "-id")

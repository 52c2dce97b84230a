"""Pages of lists: `{"results", "next", "previous"}`, stable while rows are added."""

from rest_framework.pagination import CursorPagination

PAGE_SIZE = 50


class NewestFirst(CursorPagination):
    """Cursor pages of 50 by `created_at`, newest first; a subclass names other columns. Equal times fall back to the id."""

    page_size = PAGE_SIZE
    ordering: tuple[str, ...] = ("-created_at", "-id")

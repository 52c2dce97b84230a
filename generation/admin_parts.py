"""What the admin's pages about jobs and those about models share."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from common.errors import AtelierError


class ReadOnly:
    """Rows that the admin shows and does not write."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def each(request: HttpRequest, rows: Iterable[Any], change: Callable[[Any], object], *, done: str) -> None:
    """Apply `change` to every row and say how many were `done`; each refusal is a message of its own."""
    changed = 0
    for row in rows:
        try:
            change(row)
        except AtelierError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            changed += 1
    messages.success(request, f"{done}: {changed}.")

"""Pages of lists that may be long."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property


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

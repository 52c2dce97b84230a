"""Columns that every database must treat alike."""

from typing import Any

from django.db import models

# By code points, as SQLite and Python compare. The default collations of MySQL and MariaDB hold e and é, and all
# emoji, for the same letter.
_EXACT = {"mysql": "utf8mb4_bin"}


class ExactCharField(models.CharField):
    """A name that is equal to nothing but itself, in look-ups and in unique constraints: `Key` is not `key`, é not e.

    Not for what people search: `icontains` and `iexact` would tell capitals from small letters on MySQL.
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """As `CharField`'s, with the collation that the vendor needs; the migrations hold none, so they fit all."""
        return {**super().db_parameters(connection), "collation": _EXACT.get(connection.vendor)}

"""Places in a list of content, and how addresses say them."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from common.errors import NotFound


@dataclass(frozen=True, slots=True)
class Place:
    """Behind this row, or (backwards) before it: where a page begins. The row need not exist, or be in the list."""

    created_at: datetime
    row: UUID
    backwards: bool = False

    def encoded(self) -> str:
        """The cursor."""
        sign = "-" if self.backwards else "+"
        text = f"{sign}{self.created_at.astimezone(UTC):%Y%m%d%H%M%S.%f}{self.row.hex}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(cursor: str) -> Place:
    """The place that a cursor says. Raises `NotFound` for one that is none."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        sign, moment, key = text[0], text[1:-32], text[-32:]
        if sign not in "+-":
            raise ValueError(sign)
        made = datetime.strptime(moment, "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)
        return Place(made, UUID(hex=key), backwards=sign == "-")
    except (ValueError, IndexError, binascii.Error) as error:
        raise NotFound("Invalid cursor: use the address of a page as it was given.") from error

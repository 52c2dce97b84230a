"""What a page of the list of all pages is; it needs no Django."""

from dataclasses import dataclass
from enum import StrEnum


class Viewer(StrEnum):
    """Who looks."""

    NOBODY = "nobody"
    HALF_SIGNED_IN = "half signed in"
    PERSON = "person"
    CAREFUL = "person with second factors"
    STAFF = "administrator"


@dataclass(frozen=True)
class SitePage:
    """A page: the name of its route, its address, who looks, and the status of the answer."""

    route: str
    path: str
    viewer: Viewer
    status: int = 200

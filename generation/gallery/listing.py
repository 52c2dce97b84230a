"""One page of the gallery: which pieces are on it, how they are shown, and where it goes on."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.models import User
from common.errors import NotFound
from content.filters import ContentFilter
from content.lists import newest
from content.models import Content, Kind
from content.thumbnails import thumbnail_size

MOST_TAGS_OF_A_CARD = 3
_HIDDEN_FILTERS = ("tag", "model", "seed", "from", "to", "visibility")


@dataclass(frozen=True)
class Tile:
    """One piece of content as a gallery shows it."""

    content: Content
    width: int
    height: int
    tags: list[str]
    is_own: bool

    @property
    def length(self) -> str:
        """Minutes and seconds of a sound."""
        seconds = round(self.content.duration or 0)
        return f"{seconds // 60}:{seconds % 60:02}"


@dataclass(frozen=True)
class Listing:
    """A page: `next` and `previous` are addresses, empty where there is none; `errors` are sentences about filters.

    There may be a next page though this one has no tiles (`content.lists.Page`).
    """

    path: str
    is_public: bool
    tiles: list[Tile]
    next: str = ""
    previous: str = ""
    values: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def is_filtered(self) -> bool:
        return bool(self.values)

    @property
    def newest(self) -> str:
        """The address of the first page, with the same filters."""
        return self._address()

    @property
    def more_is_open(self) -> bool:
        """Whether one of the folded filters is set."""
        return any(name in self.values for name in _HIDDEN_FILTERS)

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """(name, address, whether it is this one) of the kinds that the list can be narrowed to."""
        names = {"": "All", Kind.IMAGE.value: "Pictures", Kind.AUDIO.value: "Sounds", Kind.TEXT.value: "Texts"}
        current = self.values.get("kind", "")
        return [(name, self._address(kind=kind), kind == current) for kind, name in names.items()]

    def _address(self, **changes: str) -> str:
        values = {name: value for name, value in {**self.values, **changes}.items() if value}
        return f"{self.path}?{urlencode(values)}" if values else self.path


def listing_of(request: HttpRequest, viewer: User | None, *, public: bool) -> Listing:
    """The page that the request's address asks for: of the viewer's own content, or of everybody's public content.

    A few queries, whatever the number of rows (`content.lists.newest`). Raises `Http404` for a cursor that is none.
    """
    path = reverse("gallery-public" if public else "gallery")
    names = [name for name in ContentFilter.get_filters() if not (public and name == "visibility")]
    values = {name: text for name in names if (text := request.GET.get(name, "").strip())}
    filters = ContentFilter(values, queryset=Content.objects.none())
    if not filters.is_valid():
        errors = [str(sentence) for sentences in filters.errors.values() for sentence in sentences]
        return Listing(path, public, [], values=values, errors=errors)
    is_public = public or viewer is None
    wanted, cursor = filters.wanted(mine=not is_public), request.GET.get("cursor") or None
    try:
        page = newest(viewer=None if is_public else viewer, wanted=wanted, cursor=cursor)
    except NotFound as error:
        raise Http404 from error
    return Listing(
        path,
        public,
        tiles_of(page.rows, viewer),
        next=_address_of(path, values, page.next),
        previous=_address_of(path, values, page.previous),
        values=values,
    )


def tiles_of(rows: list[Content], viewer: User | None) -> list[Tile]:
    """How a gallery shows rows whose owner and tags are loaded."""
    return [_tile(content, viewer) for content in rows]


def _tile(content: Content, viewer: User | None) -> Tile:
    width, height = thumbnail_size(content.width, content.height)
    tags = sorted(tag.name for tag in content.tags.all())[:MOST_TAGS_OF_A_CARD]
    return Tile(content, width, height, tags, is_own=viewer is not None and content.owner_id == viewer.pk)


def _address_of(path: str, values: dict[str, str], cursor: str | None) -> str:
    return f"{path}?{urlencode({**values, 'cursor': cursor})}" if cursor else ""

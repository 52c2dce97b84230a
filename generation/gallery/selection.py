"""What people do with one or several pieces of their own: publish, make private, tag, delete."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from common.errors import InvalidInput
from content import services
from content.models import Content, Visibility
from content.parents import parents_of
from content.previews import beginning_of
from content.selectors import visible_to
from content.tags import LONGEST_TAG, MOST_TAGS, clean_tag
from generation.facts import facts_of

MOST_CHOSEN = 200
LONGEST_SHOWN_TEXT = 20_000  # bytes


class NothingChosen(InvalidInput):
    """None of the pieces is there, or none is the user's own."""

    code = "nothing_chosen"
    message = "Nothing is chosen that is yours. Choose some pieces first."


class TooManyChosen(InvalidInput):
    """More than one request may change."""

    code = "too_many_chosen"
    message = f"At most {MOST_CHOSEN} pieces can be chosen at once."


class WrongTags(InvalidInput):
    """The tags that were written cannot be given."""

    code = "wrong_tags"


@dataclass(frozen=True)
class Seen:
    """A piece of content as everybody will see it once it is public."""

    content: Content
    tags: list[str]
    facts: dict[str, Any]
    parents: list[str]
    # As the API gives it, in JSON; empty where nothing is known.
    provenance: str
    # A text, where it was read.
    text: str | None = None


def chosen(*, owner: User, cids: Sequence[str]) -> list[Content]:
    """The owner's own rows of `cids`, newest first, with their owner and tags; others' and unknown ones are left out.

    Two queries. Raises `NothingChosen` and `TooManyChosen`.
    """
    names = {cid for cid in cids if 0 < len(cid) <= 128}
    if len(names) > MOST_CHOSEN:
        raise TooManyChosen
    rows = list(_own(owner).filter(cid__in=names).select_related("owner").prefetch_related("tags")) if names else []
    if not rows:
        raise NothingChosen
    return rows


def _own(owner: User) -> QuerySet[Content]:
    return visible_to(owner).filter(owner=owner)


def as_seen(content: Content, *, with_text: bool) -> Seen:
    """What publishing shows of a row whose tags are loaded; `with_text` reads the text of a text."""
    return Seen(
        content,
        tags=sorted(tag.name for tag in content.tags.all()),
        facts=facts_of(content),
        parents=parents_of(content.provenance),
        provenance=json.dumps(content.provenance, indent=2, ensure_ascii=False) if content.provenance else "",
        text=beginning_of(content=content, size_bytes=LONGEST_SHOWN_TEXT) if with_text else None,
    )


def publish(contents: Sequence[Content]) -> int:
    """Show them to everybody; how many were not shown before."""
    return _set_visibility(contents, Visibility.PUBLIC)


def make_private(contents: Sequence[Content]) -> int:
    """Show them to nobody but their owner; how many were shown before."""
    return _set_visibility(contents, Visibility.PRIVATE)


def _set_visibility(contents: Sequence[Content], visibility: Visibility) -> int:
    changing = [content for content in contents if content.visibility != visibility]
    return _each(changing, lambda content: services.change(content=content, visibility=visibility.value))


def delete(contents: Sequence[Content]) -> int:
    """Remove them; how many there were."""
    return _each(contents, lambda content: services.delete(content=content))


def retag(contents: Sequence[Content], *, add: str, remove: Sequence[str] = ()) -> int:
    """Give each the tags in `add`, which commas separate, and take those of `remove` away; how many changed.

    Raises `WrongTags`: nothing is changed then.
    """
    new, old = _tags(add), {clean_tag(name) for name in remove}
    wanted: dict[Content, list[str]] = {}
    for content in contents:
        present = sorted(tag.name for tag in content.tags.all())
        tags = list(dict.fromkeys([*(name for name in present if name not in old), *new]))
        if len(tags) > MOST_TAGS:
            raise WrongTags(f"A piece can have at most {MOST_TAGS} tags.")
        if tags != present:
            wanted[content] = tags
    return _each(list(wanted), lambda content: services.change(content=content, tags=wanted[content]))


def _tags(text: str) -> list[str]:
    names = list(dict.fromkeys(filter(None, map(clean_tag, text.split(",")))))
    if any(len(name) > LONGEST_TAG or "\0" in name for name in names):
        raise WrongTags(f"A tag must have 1 to {LONGEST_TAG} characters. Separate tags with commas.")
    return names


def _each(contents: Sequence[Content], act: Callable[[Content], object]) -> int:
    # One transaction each: a lock on the quota is held for a moment, however many were chosen.
    for content in contents:
        act(content)
    return len(contents)

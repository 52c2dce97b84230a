"""What lists are narrowed by: the words of prompts, the tags, and what provenance says, each where an index finds it.

`index` must follow every change of a row's prompt, tags, visibility or time. A list reads visibility and owner from the
row itself as well, so a term that was left behind shows nobody anything.
"""

from collections.abc import Mapping
from typing import Any

from content.models import Content, Tag, Term, Visibility
from content.words import tag_word, words_of

# The list of public content; an owner's list has the number of the owner, from 1.
PUBLIC_FEED = 0
LONGEST_MODEL = 255
LARGEST_SEED = 2**32 - 1
_ROWS_AT_ONCE = 300


def index(*, content: Content) -> None:
    """Write the terms of `content` anew: its words and tags, in its owner's list, and in that of all where public."""
    Term.objects.filter(content=content).delete()
    feeds = [content.owner_id, *([PUBLIC_FEED] if content.visibility == Visibility.PUBLIC else [])]
    # Not `content.tags`, which may have been loaded before they changed.
    tags = Tag.objects.filter(content=content).values_list("name", flat=True)
    names = [*words_of(content.prompt), *map(tag_word, tags)]
    terms = [
        Term(feed=feed, name=name, created_at=content.created_at, content=content) for feed in feeds for name in names
    ]
    # A database may take two words for one; then the first stays.
    Term.objects.bulk_create(terms, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)


def columns_of(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """`model` and `seed` of a row with this provenance, which of an imported row may be anything."""
    model, seed = provenance.get("model"), provenance.get("seed")
    is_seed = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= LARGEST_SEED
    return {
        "model": model if isinstance(model, str) and len(model) <= LONGEST_MODEL else "",
        "seed": seed if is_seed else None,
    }

"""What was made from what: provenance names the parents of a piece of content, and a table finds its children."""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from content.models import Content
from content.selectors import Viewer, visible_to

# A CID in any of its encodings; whether it is one is not asked.
_LIKE_A_CID = re.compile(r"[A-Za-z0-9]{1,128}")
MOST_PARENTS = 20


def parents_of(provenance: Mapping[str, Any]) -> list[str]:
    """The CIDs that provenance names as parents, each once, at most `MOST_PARENTS`.

    Provenance that was imported may hold anything.
    """
    named = provenance.get("parents")
    if not isinstance(named, list):
        return []
    found = dict.fromkeys(cid for cid in named if isinstance(cid, str) and _LIKE_A_CID.fullmatch(cid))
    return list(found)[:MOST_PARENTS]


def children_of(content: Content, viewer: Viewer) -> QuerySet[Content]:
    """What was made from `content` and `viewer` may see, newest first."""
    return visible_to(viewer).filter(parents__cid=content.cid)

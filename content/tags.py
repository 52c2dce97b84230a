"""The form in which tags are kept and looked for."""

LONGEST_TAG = 64
# Of one piece of content.
MOST_TAGS = 50


def clean_tag(text: str) -> str:
    """`text` in lower case, with single spaces between its words."""
    return " ".join(text.lower().split())

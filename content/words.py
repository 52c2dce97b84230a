"""The words of a text, as the search keeps and compares them. The same on every database: no collation takes part.

Case, accents and compatibility forms do not count (Unicode NFKD, casefold). A word is a run of letters and digits;
of scripts that set no spaces between words (Han, kana) each character is one, and so is each pictograph.
"""

import re
import unicodedata

LONGEST_WORD = 64
MOST_WORDS = 256
# Shorter words match whole: too many others begin with them.
SHORTEST_BEGINNING = 3

_ACCENTS = re.compile("[\u0300-\u036f]")
_SINGLES = "\u2600-\u27bf\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SINGLES}]|(?:(?![{_SINGLES}_])\w)+")


def folded(text: str) -> str:
    """`text` without what does not count in a comparison."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    # Once more: what was a compatibility form may have had a capital inside.
    return unicodedata.normalize("NFC", plain).casefold()


def words_of(text: str) -> list[str]:
    """The different words of `text` in its order: at most `MOST_WORDS` of at most `LONGEST_WORD` characters."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(folded(text)):
        found[match[0][:LONGEST_WORD]] = None
        if len(found) == MOST_WORDS:
            break
    return list(found)


def tag_word(tag: str) -> str:
    """The entry of a tag: no word of a text is like it."""
    return "#" + folded(tag)[:LONGEST_WORD]

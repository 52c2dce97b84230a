"""The guides of `docs/` as HTML: rendered once for each process and kind of reader, from files that we ship.

Raw HTML in them is shown as text, and addresses of scripts are no links. Links between guides lead to their pages,
those to other files of the repository are left as text: a page has no files beside it.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_FOLDER = Path(__file__).resolve().parents[1] / "docs"
# In the order in which one reads them; those that are not named here follow.
_FIRST = ("guide", "models", "registry", "api", "openai", "webhooks", "providers")
STAFF_GUIDES = frozenset({"operators"})
_found = {path.stem for path in _FOLDER.glob("*.md")}
GUIDES = (*(name for name in _FIRST if name in _found), *sorted(_found.difference(_FIRST)))
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//|/", re.IGNORECASE)
_DEEPEST_LISTED = 3
_SUMMARY_WORDS = 28


@dataclass(frozen=True)
class Heading:
    """An entry of a guide's table of contents."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True)
class Guide:
    """A guide, ready to show. `summary` is the beginning of its text, without marks."""

    name: str
    title: str
    summary: str
    headings: tuple[Heading, ...]
    html: SafeString


def guides(*, staff: bool) -> list[Guide]:
    """Every guide that a reader may see; operators' ones are for staff."""
    return [render(name, staff=staff) for name in GUIDES if staff or name not in STAFF_GUIDES]


def find_guide(name: str, *, staff: bool) -> Guide | None:
    """One of them, None for every other name."""
    if name not in GUIDES or (name in STAFF_GUIDES and not staff):
        return None
    return render(name, staff=staff)


@functools.cache
def render(name: str, *, staff: bool) -> Guide:
    """The guide in `docs/<name>.md`, with the links that this kind of reader can follow."""
    parser = _parser()
    tokens = parser.parse((_FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    headings = _anchor_headings(tokens)
    for token in tokens:
        if token.children:
            token.children = _with_links_of_pages(token.children, staff=staff)
    # The page shows the title itself.
    title, body = headings[0], tokens[3:]
    return Guide(
        name=name,
        title=title.text,
        summary=_summary(body),
        headings=tuple(heading for heading in headings[1:] if heading.level <= _DEEPEST_LISTED),
        html=mark_safe(parser.renderer.render(body, parser.options, {})),  # noqa: S308  (our files, HTML escaped)
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _anchor_headings(tokens: Sequence[Token]) -> list[Heading]:
    """Give every heading an id, as GitHub makes them, and list the headings."""
    found: list[Heading] = []
    taken: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = _plain(inline)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = taken.get(anchor, 0)
        taken[anchor] = count + 1
        anchor = f"{anchor}-{count}" if count else anchor
        token.attrSet("id", anchor)
        found.append(Heading(anchor, text, int(token.tag[1])))
    return found


def _plain(inline: Token) -> str:
    parts = [" " if child.type == "softbreak" else child.content for child in inline.children or []]
    return "".join(parts)


def _summary(body: Sequence[Token]) -> str:
    """The first sentence of the first paragraph."""
    for token, inline in pairwise(body):
        if token.type == "paragraph_open" and (text := _plain(inline)):
            return Truncator(re.split(r"(?<=\.)\s", text, maxsplit=1)[0]).words(_SUMMARY_WORDS)
    return ""


def _with_links_of_pages(children: Sequence[Token], *, staff: bool) -> list[Token]:
    """The same inline tokens with addresses of pages; a link to what is no page becomes its text."""
    kept, dropped = [], 0
    for child in children:
        if child.type == "image":
            child.attrSet("src", static(f"docs/{Path(str(child.attrGet('src'))).name}"))
            child.attrSet("loading", "lazy")
        elif child.type == "link_open":
            href = _page_address(str(child.attrGet("href")), staff=staff)
            if href is None:
                dropped += 1
                continue
            child.attrSet("href", href)
        elif child.type == "link_close" and dropped:
            dropped -= 1
            continue
        kept.append(child)
    return kept


def _page_address(href: str, *, staff: bool) -> str | None:
    """Where a link of a guide leads on the site; None for a file that has no page, or none for this reader."""
    if href.startswith("#") or _ABSOLUTE.match(href):
        return href
    path, mark, anchor = href.partition("#")
    name = path.removesuffix(".md")
    if name not in GUIDES or (name in STAFF_GUIDES and not staff):
        return None
    return f"{reverse('guide', args=[name])}{mark}{anchor}"


# ---- How some tokens become HTML: what is too wide scrolls by itself, with the keyboard, too ------------------------


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return '<div class="table-scroll" tabindex="0" role="region" aria-label="Table">\n<table>\n'


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table>\n</div>\n"


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    code = renderer.fence(tokens, index, options, env).strip()
    return f'<div class="code-block" tabindex="0" role="region" aria-label="Code">{code}</div>\n'


def _cell_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # Alignment comes as a style, which the policy forbids.
    alignment = str(tokens[index].attrGet("style") or "").removeprefix("text-align:")
    return f'<{tokens[index].tag} class="align-{alignment}">' if alignment else f"<{tokens[index].tag}>"


_RULES = {
    "table_open": _table_open,
    "table_close": _table_close,
    "fence": _fence,
    "th_open": _cell_open,
    "td_open": _cell_open,
}

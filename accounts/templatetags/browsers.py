"""The name of a browser, from what it says of itself."""

import re

from django import template
from django.utils.text import Truncator

register = template.Library()

_LONGEST_UNKNOWN = 60
# In this order: most browsers also name those that came before them.
_BROWSERS = (
    (r"Edg(A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"(Firefox|FxiOS)/", "Firefox"),
    (r"(Chrome|CriOS|Chromium)/", "Chrome"),
    (r"Version/\S+ .*Safari/", "Safari"),
)
_SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad|iPod", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox on Windows` for a User-Agent header; the header itself, cut, where it names no browser that we know."""
    name = _first(_BROWSERS, user_agent)
    if name is None:
        return Truncator(user_agent).chars(_LONGEST_UNKNOWN) or "Unknown browser"
    system = _first(_SYSTEMS, user_agent)
    return f"{name} on {system}" if system else name


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in names if re.search(pattern, user_agent)), None)

"""Content security policies of the pages that cannot live under the strict one."""

from collections.abc import Iterable
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.urls import URLPattern, URLResolver

# Unfold ships standard Alpine, which evaluates expressions, and sets styles in the page.
ADMIN_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
# Swagger UI comes from this host too; its page has a style sheet inside.
DOCS_POLICY = {"style-src": [SELF, UNSAFE_INLINE]}


def under_policy(policy: dict[str, Any], patterns: Iterable[URLPattern | URLResolver]) -> None:
    """Give every view below `patterns` the strict policy with the directives of `policy` replaced."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            under_policy(policy, pattern.url_patterns)
        else:
            pattern.callback = csp_replace(policy)(pattern.callback)

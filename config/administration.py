"""The admin: its name, and what its side bar leads to (settings of django-unfold)."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _link(title: str, icon: str, view: str, permission: str, pages: str = "") -> dict[str, Any]:
    """An entry of the side bar, for those who may see it; marked on pages whose names begin with `pages`."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{view}"),
        "permission": lambda request: request.user.has_perm(permission),
        "active": lambda request: request.resolver_match.url_name.startswith(pages or view),
    }


def _rows(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return _link(title, icon, f"{app}_{model}_changelist", f"{app}.view_{model}", f"{app}_{model}_")


def _shades(colours: str) -> dict[str, str]:
    return dict(zip(("50", *(str(shade) for shade in range(100, 1000, 100)), "950"), colours.split(), strict=True))


UNFOLD = {
    "SITE_TITLE": "Atelier",
    "SITE_HEADER": "Atelier",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("common/favicon.svg")}],
    "STYLES": [lambda request: static("common/admin.css")],
    # From the lightest to the darkest: warm greys, and around 400 and 600 the accents of `static/common/base.css`.
    "COLORS": {
        "base": _shades("#faf9f7 #f5f3f0 #e8e4de #d8d2c9 #b3aa9d #716a60 #575047 #3a352e #2a2621 #211e1a #16130f"),
        "primary": _shades("#fdf4ef #fbeae2 #f6d0bf #ffb591 #f39a71 #d9622f #a83d16 #87300f #6c2a12 #4a1f10 #2a1206"),
    },
    "SIDEBAR": {
        "show_all_applications": True,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    _rows("Jobs", "list", "generation", "job"),
                    _link("Workers", "memory", "generation_workers", "generation.view_job"),
                    _rows("Checkpoints", "deployed_code", "generation", "checkpoint"),
                    _rows("Personal models", "model_training", "generation", "personalmodel"),
                    _rows("Webhooks", "send", "generation", "webhookdelivery"),
                ],
            },
            {
                "title": "Content",
                "items": [
                    _rows("Contents", "image", "content", "content"),
                    _rows("Pins", "push_pin", "content", "pin"),
                    _rows("Taken down", "block", "content", "takedown"),
                ],
            },
            {
                "title": "People",
                "items": [
                    _rows("Users", "group", "accounts", "user"),
                    _rows("Quotas", "speed", "accounts", "quota"),
                    _rows("Usage", "bar_chart", "accounts", "usage"),
                    _rows("API keys", "key", "accounts", "apikey"),
                ],
            },
        ],
    },
}

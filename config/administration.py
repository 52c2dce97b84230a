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


UNFOLD = {
    "SITE_TITLE": "Atelier",
    "SITE_HEADER": "Atelier",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("common/favicon.svg")}],
    "STYLES": [lambda request: static("common/admin.css")],
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

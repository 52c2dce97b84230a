"""Who may sign up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

CLOSED_SENTENCES = {
    "invite": "Accounts are made by the administrator for now. Ask them for one.",
    "closed": "Sign-up is closed.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """`SIGNUP`: `open` lets everybody make an account; with `invite` and `closed` only the administrator makes them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP == "open")

    def render_signup_closed(self, request: HttpRequest, context: dict[str, Any] | None = None) -> Any:
        return super().render_signup_closed(request, context)

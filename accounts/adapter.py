"""How allauth's pages behave here: who may sign up, and where a request comes from."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.throttles import client_ip

CLOSED_SENTENCES = {
    "invite": "Accounts are made by the administrator for now. Ask them for one.",
    "closed": "Sign-up is closed.",
}


def signup_state(request: HttpRequest) -> dict[str, object]:
    """Context processor: whether the pages offer sign-up, and what they say where it is not open."""
    return {
        "signup_open": settings.SIGNUP == "open",
        "signup_closed_sentence": CLOSED_SENTENCES.get(settings.SIGNUP, ""),
    }


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """`SIGNUP`: `open` lets everybody make an account; with `invite` and `closed` only the administrator makes them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP == "open")

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

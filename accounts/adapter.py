"""How allauth's pages and mails behave here: who may sign up, where a request comes from, where links lead."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

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


def base_of_links(request: HttpRequest) -> str:
    """The address that links in mails begin with, without a slash at its end.

    Whoever asks for a mail to somebody else chooses the Host header of that request, so the header counts only where
    ALLOWED_HOSTS vouches for it, or where it names this machine or its own network.
    """
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    asked = request.build_absolute_uri("/").rstrip("/")
    if "*" not in settings.ALLOWED_HOSTS or _is_near(urlsplit(asked).hostname or ""):
        return asked
    return f"http://{settings.HOST}:{settings.PORT}"


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


class _Sender:
    """What allauth's mails call the site."""

    name = "Atelier"

    def __init__(self, domain: str) -> None:
        self.domain = domain


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """`SIGNUP`: `open` lets everybody make an account; with `invite` and `closed` only the administrator makes them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP == "open")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing: axes counts wrong passwords. allauth's counter is for the codes of second factors."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        asked, base = self.request.build_absolute_uri("/").rstrip("/"), base_of_links(self.request)
        links = {
            name: base + value.removeprefix(asked)
            for name, value in context.items()
            if isinstance(value, str) and value.startswith(f"{asked}/")
        }
        super().send_mail(template_prefix, email, {**context, **links, "current_site": _Sender(urlsplit(base).netloc)})

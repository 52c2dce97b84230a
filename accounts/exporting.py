"""What is known about an account, as one JSON document for its owner. No secret is in it."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import selectors
from accounts.models import ApiKey, Usage, User
from accounts.serializers import ApiKeySerializer

FORMAT = "atelier-account"
VERSION = 1

_sections: dict[str, Callable[[User], Any]] = {}


def add_section(name: str, read: Callable[[User], Any]) -> None:
    """Let an app above tell what it knows of an account: `read` returns what JSON can hold. Call it in `ready()`."""
    _sections[name] = read


def account_document(user: User) -> dict[str, Any]:
    """Everything, by section: the account's own, then those of the apps above by name."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": timezone.now(),
        "account": {
            "id": user.public_id,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "created_at": user.date_joined,
            "last_sign_in_at": user.last_login,
            "is_staff": user.is_staff,
            "preferences": user.preferences,
        },
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
        ),
        "second_factors": list(
            Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
        ),
        "sessions": list(
            UserSession.objects.filter(user=user).order_by("created_at").values("created_at", "ip", "user_agent")
        ),
        "api_keys": [
            {**ApiKeySerializer(key).data, "revoked": key.revoked}
            for key in ApiKey.objects.filter(owner=user).order_by("created")
        ],
        "quota": selectors.limits(user=user),
        "use": list(
            Usage.objects.filter(user=user).order_by("day").values("day", "jobs", "engine_seconds", "stored_bytes")
        ),
        **{name: read(user) for name, read in sorted(_sections.items())},
    }

"""The one-time link with which an operator makes the first administrator in the browser.

The data folder keeps a hash of the link's token (0600). The link is dead once any administrator exists.
"""

import hashlib
import os
import secrets
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.errors import AdministratorExists
from accounts.models import User


def setup_link(base_url: str) -> str | None:
    """A new link under `base_url` (such as `http://127.0.0.1:8000`); None where an administrator exists.

    Links that were made before are dead from now on.
    """
    if administrator_exists():
        return None
    token = secrets.token_urlsafe(32)
    path = _token_file()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_hash(token))
    draft.replace(path)
    return f"{base_url.rstrip('/')}/setup/{token}"


def is_alive(token: str) -> bool:
    """Whether the link with this token can still make the administrator."""
    try:
        kept = _token_file().read_text()
    except FileNotFoundError:
        return False
    return constant_time_compare(kept, _hash(token)) and not administrator_exists()


def create(*, token: str, username: str, email: str, password: str) -> User:
    """Make the first administrator. Raises `AdministratorExists` where another was first, or the link is dead."""
    taken = _take(token)
    try:
        with transaction.atomic():
            if administrator_exists():
                raise AdministratorExists
            user = User.objects.create_superuser(username=username, email=email, password=password)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    except AdministratorExists:
        taken.unlink()
        raise
    except BaseException:
        # Nothing was made: the link stays good for another try.
        taken.rename(_token_file())
        raise
    taken.unlink()
    return user


def administrator_exists() -> bool:
    """Whether any account may do everything."""
    return User.objects.filter(is_superuser=True).exists()


def _take(token: str) -> Path:
    """Take the token out of the way. Renaming is atomic, so of two requests at once one gets it."""
    if not is_alive(token):
        raise AdministratorExists
    taken = _token_file().with_name(f"first_administrator.{secrets.token_hex(8)}")
    try:
        _token_file().rename(taken)
    except FileNotFoundError:
        raise AdministratorExists from None
    return taken


def _token_file() -> Path:
    return Path(settings.DATA_DIR) / "first_administrator"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

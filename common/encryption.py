"""Secrets that must stay readable are encrypted in the database, so that a dump of it alone opens nothing."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class WrongKey(ValueError):
    """The text was encrypted with a SECRET_KEY that is no longer there."""


def encrypt(text: str, *, purpose: str) -> str:
    """`text` encrypted with a key derived from SECRET_KEY for `purpose`."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """What `encrypt` was given, with this SECRET_KEY or one of SECRET_KEY_FALLBACKS. Raises `WrongKey`."""
    try:
        return _cipher(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise WrongKey(purpose) from error


def _cipher(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(urlsafe_b64encode(salted_hmac(purpose, "key", secret=key, algorithm="sha256").digest())) for key in keys
    )

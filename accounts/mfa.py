"""Second factors: their secrets are encrypted in the database, so that a dump of it opens no account."""

from base64 import urlsafe_b64encode

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "accounts.mfa"


def _cipher() -> MultiFernet:
    """Encrypts with a key derived from SECRET_KEY; reads what SECRET_KEY_FALLBACKS encrypted, too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(urlsafe_b64encode(salted_hmac(_SALT, "key", secret=key, algorithm="sha256").digest())) for key in keys
    )


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth calls these around every secret of an authenticator that it stores."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

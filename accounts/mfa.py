"""Second factors: their secrets are encrypted in the database, so that a dump of it opens no account."""

from allauth.mfa.adapter import DefaultMFAAdapter

from common import encryption

_PURPOSE = "accounts.mfa"


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth calls these around every secret of an authenticator that it stores."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, purpose=_PURPOSE)

"""Forms of the second factor: allauth's, with labels that say what is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from accounts.forms import WithoutPlaceholders

_LONGEST_CODE = 32
_LONGEST_NAME = 100


class _Code(WithoutPlaceholders):
    """A code of digits, which a phone's keyboard should offer."""

    label = "Code"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = self.label
        field.widget.attrs.update(inputmode="numeric", maxlength=_LONGEST_CODE, autocomplete="one-time-code")


class SecondFactorForm(_Code, base_forms.AuthenticateForm):  # type: ignore[misc]
    """Sign in with the second factor."""

    label = "Code of your authenticator app, or a recovery code"


class SecondFactorAgainForm(_Code, base_forms.ReauthenticateForm):  # type: ignore[misc]
    """Confirm with the second factor that it is you."""

    label = "Code of your authenticator app, or a recovery code"


class ActivateTotpForm(_Code, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app: it shows that app and account have the same secret."""

    label = "The code that the app shows now"


@contextmanager
def _refusing_what_no_browser_says() -> Iterator[None]:
    """allauth and fido2 read what was sent, and stumble in many ways over what is no credential: a wrong code, all."""
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:
        raise get_adapter().validation_error("incorrect_code") from error


class _Named(WithoutPlaceholders):
    """The name by which one knows a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["name"]
        field.label, field.max_length = "Name", _LONGEST_NAME
        field.widget.attrs["maxlength"] = _LONGEST_NAME
        field.validators.append(MaxLengthValidator(_LONGEST_NAME))


class AddKeyForm(_Named, webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A new security key."""

    def clean(self) -> dict[str, Any]:
        with _refusing_what_no_browser_says():
            return dict(super().clean() or {})


class RenameKeyForm(_Named, webauthn_forms.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a security key."""


class KeySignInForm(webauthn_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """Sign in with a security key."""

    def clean_credential(self) -> Authenticator:
        with _refusing_what_no_browser_says():
            return super().clean_credential()


class KeyAgainForm(KeySignInForm, webauthn_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirm with a security key that it is you."""

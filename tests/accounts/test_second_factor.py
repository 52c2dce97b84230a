"""Second factors beyond the first set-up: guessing, recovery codes, security keys that are none, other people's."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_pages import sign_in, totp_code
from tests.factories.accounts import UserFactory
from tests.support.pages import PAYLOADS, inline_code

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SIGN_IN = "/accounts/2fa/authenticate/"


@pytest.fixture
def protected(user: User) -> User:
    """A user with an authenticator app and recovery codes."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def wrong_code() -> str:
    return "000000" if totp_code(SECRET) != "000000" else "000001"


def half_signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    assert sign_in(client, user.username).headers["Location"] == SIGN_IN
    return client


def confirmed(user: User) -> Client:
    """A session that has just given its password again."""
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_code_signs_in_once_and_the_page_is_ours(protected: User) -> None:
    client = half_signed_in(protected)
    page = client.get(SIGN_IN)
    assert "common/base.css" in page.text
    assert 'inputmode="numeric"' in page.text
    # Nobody is offered a key who has none.
    assert "security key" not in page.text
    code = totp_code(SECRET)

    assert client.post(SIGN_IN, {"code": code}).headers["Location"] == "/"
    assert client.get("/api/v1/me").status_code == 200
    again = half_signed_in(protected)
    again.post(SIGN_IN, {"code": code})
    assert again.get("/api/v1/me").status_code == 401


def test_recovery_code_signs_in_once(protected: User) -> None:
    codes = Authenticator.objects.get(user=protected, type="recovery_codes").wrap().get_unused_codes()
    first, second = half_signed_in(protected), half_signed_in(protected)

    first.post(SIGN_IN, {"code": codes[0]})
    second.post(SIGN_IN, {"code": codes[0]})

    assert first.get("/api/v1/me").status_code == 200
    assert second.get("/api/v1/me").status_code == 401


def test_codes_cannot_be_guessed(protected: User) -> None:
    for _ in range(10):
        half_signed_in(protected).post(SIGN_IN, {"code": wrong_code()})

    locked = half_signed_in(protected)
    refused = locked.post(SIGN_IN, {"code": totp_code(SECRET)})

    assert "Too many failed login attempts" in refused.text
    assert locked.get("/api/v1/me").status_code == 401
    # Others are not locked with them.
    assert sign_in(Client(), UserFactory(password=PASSWORD).username).headers["Location"] == "/"


def test_passwords_are_counted_by_axes_alone(user: User) -> None:
    for _ in range(9):
        sign_in(Client(), user.username, "wrong")

    assert sign_in(Client(), user.username).headers["Location"] == "/"


def test_guessing_at_the_confirmation_is_locked_out(session: Client, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3

    for number in range(3):
        session.post("/accounts/reauthenticate/", {"password": f"guess {number}"})

    assert session.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429


def test_recovery_codes_are_shown_after_the_password_alone_and_can_be_made_anew(protected: User) -> None:
    client = confirmed(protected)
    codes = Authenticator.objects.get(user=protected, type="recovery_codes").wrap().get_unused_codes()
    unconfirmed = Client()
    unconfirmed.force_login(protected, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get("/accounts/2fa/recovery-codes/").text
    assert all(code in page for code in codes)
    assert not any(code in unconfirmed.get("/accounts/2fa/recovery-codes/", follow=True).text for code in codes)
    assert client.get("/accounts/2fa/recovery-codes/download/").text.split() == codes
    assert "will not work any more" in client.get("/accounts/2fa/recovery-codes/generate/").text

    client.post("/accounts/2fa/recovery-codes/generate/")

    renewed = Authenticator.objects.get(user=protected, type="recovery_codes").wrap().get_unused_codes()
    assert not set(renewed) & set(codes)


def test_turning_the_app_off_takes_the_recovery_codes_along(protected: User) -> None:
    client = confirmed(protected)
    assert "recovery codes go as well" in client.get("/accounts/2fa/totp/deactivate/").text

    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(user=protected).exists()
    assert sign_in(Client(), protected.username).headers["Location"] == "/"


def test_secret_of_an_app_is_a_drawing_and_text(user: User) -> None:
    page = confirmed(user).get("/accounts/2fa/totp/activate/")

    assert page.context["form"].secret in page.text
    assert re.search(r'<img class="qr" src="data:image/svg\+xml;base64,[^"]+" alt="QR code', page.text)
    assert inline_code(page.text) == []


@pytest.mark.parametrize(
    "credential", ["", "no json", "null", "[]", "{}", '{"id": "x"}', '{"response": {}, "id": 7}', '"x"']
)
def test_security_keys_that_are_none_are_refused(credential: str, protected: User) -> None:
    added = confirmed(protected)
    added.get("/accounts/2fa/webauthn/add/")
    signing_in = half_signed_in(protected)
    signing_in.get(SIGN_IN)

    assert added.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": credential}).status_code == 200
    assert signing_in.post(SIGN_IN, {"credential": credential}).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()
    assert signing_in.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("name", PAYLOADS)
def test_security_keys_are_their_owners_and_their_names_are_text(name: str, user: User) -> None:
    other = UserFactory(password=PASSWORD)
    own = Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {}})
    foreign = Authenticator.objects.create(user=other, type="webauthn", data={"name": "not yours", "credential": {}})
    client = confirmed(user)

    for path in ("/accounts/2fa/webauthn/", f"/accounts/2fa/webauthn/keys/{own.pk}/remove/"):
        page = client.get(path).text
        assert inline_code(page) == []
        assert "<script>window" not in page
        assert "<img src=x" not in page
        assert "not yours" not in page
    for action in ("remove", "edit"):
        assert client.get(f"/accounts/2fa/webauthn/keys/{foreign.pk}/{action}/").status_code == 404
        assert client.post(f"/accounts/2fa/webauthn/keys/{foreign.pk}/{action}/").status_code == 404
    client.post(f"/accounts/2fa/webauthn/keys/{own.pk}/remove/")
    assert list(Authenticator.objects.values_list("pk", flat=True)) == [foreign.pk]

"""Sign-up, sign-in, sign-out, passwords, second factor: the pages that people use."""

import re
from html import unescape
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from accounts.forms import WANTED_OF_NEW_ONES
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import UserFactory

PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN_PAGES = ["/account/keys", "/accounts/logout/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"]
NEW = {"username": "ada", "email": "Ada@Example.org", "password1": PASSWORD, "password2": PASSWORD}


def browser(**extra: Any) -> Client:
    return Client(raise_request_exception=False, headers={"Accept": "text/html,*/*;q=0.8"}, **extra)


def sign_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": name, "password": password})


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_page_for_everybody_is_ours_and_keeps_the_policy(path: str) -> None:
    page = browser().get(path)

    assert page.status_code == 200
    assert "common/base.css" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", page.text)
    for control in re.findall(r'<input(?![^>]*type="hidden")[^>]*id="([^"]+)"', page.text):
        assert f'for="{control}"' in page.text


@pytest.mark.parametrize("path", OWN_PAGES)
def test_page_of_an_account_needs_a_session(path: str, session: Client, db: None) -> None:
    assert browser().get(path).status_code == 302
    page = session.get(path)

    assert page.status_code == 200
    assert "common/base.css" in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", page.text)


@pytest.mark.django_db
def test_sign_up_makes_an_account_and_signs_in() -> None:
    client = browser()

    answer = client.post("/accounts/signup/", NEW)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    user = User.objects.get()
    assert (user.username, user.email, user.is_staff, user.is_superuser) == ("ada", "ada@example.org", False, False)
    assert client.get("/api/v1/me").json()["username"] == "ada"


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [{"username": "ada"}, {"email": "ada@example.org"}])
def test_sign_up_with_a_taken_name_or_address_is_refused(taken: dict[str, str]) -> None:
    UserFactory(**taken)

    answer = browser().post("/accounts/signup/", NEW)

    assert answer.status_code == 200
    assert "field-errors" in answer.text
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_sign_up_wants_an_address_and_a_good_password() -> None:
    no_address = browser().post("/accounts/signup/", {**NEW, "email": ""})
    weak = browser().post("/accounts/signup/", {**NEW, "password1": "12345678", "password2": "12345678"})

    assert "field-errors" in no_address.text
    assert "field-errors" in weak.text
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("signup", "sentence"), [("invite", "made by the administrator for now"), ("closed", "Sign-up is closed")]
)
def test_sign_up_that_is_not_open_says_so(signup: str, sentence: str, settings: Any) -> None:
    settings.SIGNUP = signup

    page = browser().get("/accounts/signup/")
    posted = browser().post("/accounts/signup/", NEW)

    assert sentence in page.text
    assert sentence in posted.text
    assert "/accounts/signup/" not in browser().get("/accounts/login/").text
    assert not User.objects.exists()


@pytest.mark.parametrize("by", ["username", "email"])
def test_sign_in_by_name_or_address_and_sign_out(by: str, user: User) -> None:
    client = browser()

    assert sign_in(client, getattr(user, by)).status_code == 302
    assert client.get("/api/v1/me").status_code == 200
    # A link cannot sign anybody out.
    client.get("/accounts/logout/")
    assert client.get("/api/v1/me").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/api/v1/me").status_code == 401


def test_form_of_a_real_browser_passes_the_csrf_check(user: User) -> None:
    client = browser(enforce_csrf_checks=True)
    page = client.get("/accounts/login/")
    # With "no-referrer" browsers would send "Origin: null", which is refused.
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = client.cookies["csrftoken"].value
    form = {"login": user.username, "password": PASSWORD, "csrfmiddlewaretoken": token}

    foreign = client.post("/accounts/login/", form, headers={"Origin": "http://evil.example"})
    own = client.post("/accounts/login/", form, headers={"Origin": "http://testserver"})

    assert (foreign.status_code, own.status_code) == (403, 302)
    assert "This form has expired" in foreign.text


def test_sign_in_goes_to_no_foreign_site(user: User) -> None:
    answer = browser().post(
        "/accounts/login/?next=https://evil.example/", {"login": user.username, "password": PASSWORD}
    )

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("by", ["username", "email"])
def test_too_many_failures_lock_out_with_retry_after(by: str, user: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    name = getattr(user, by)
    other = UserFactory(password=PASSWORD)

    answers = [sign_in(browser(), name.upper() if n else name, "wrong") for n in range(3)]
    locked = sign_in(browser(), name)

    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) == 900
    assert "failed too often" in locked.text
    assert sign_in(browser(), other.username).status_code == 302


def test_password_reset_by_mail(user: User) -> None:
    client = browser()

    client.post("/accounts/password/reset/", {"email": user.email})
    (message,) = mail.outbox
    link = re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", str(message.body))
    assert link is not None
    form = client.get(link[1], follow=True).request["PATH_INFO"]
    client.post(form, {"password1": "another-long-word-9", "password2": "another-long-word-9"})

    assert sign_in(browser(), user.username).status_code == 200
    assert sign_in(browser(), user.username, "another-long-word-9").status_code == 302


def test_pages_of_a_forgotten_password_say_what_to_do_next(user: User) -> None:
    client = browser()

    sent = client.post("/accounts/password/reset/", {"email": user.email}, follow=True).text
    (message,) = mail.outbox
    link = re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", str(message.body))
    assert link is not None
    answer = client.get(link[1], follow=True)
    new = {"password1": "another-long-word-9", "password2": "another-long-word-9"}
    done = client.post(answer.request["PATH_INFO"], new, follow=True).text

    assert "Send the link" in client.get("/accounts/password/reset/").text
    assert "a mail with a link is on its way" in sent
    assert user.email not in sent
    assert "Set the password" in answer.text
    assert "Your new password is set." in done
    assert "Ask for a new link" in browser().get(link[1], follow=True).text


@pytest.mark.django_db
def test_one_sentence_says_what_the_validators_of_passwords_want(settings: Any) -> None:
    names = [entry["NAME"].rpartition(".")[2] for entry in settings.AUTH_PASSWORD_VALIDATORS]

    text = unescape(browser().get("/accounts/signup/").text)

    assert WANTED_OF_NEW_ONES in text
    assert set(names) == {
        *("UserAttributeSimilarityValidator", "MinimumLengthValidator"),
        *("CommonPasswordValidator", "NumericPasswordValidator"),
    }
    for number, (password, refused) in enumerate([("rq7-wz5", True), ("rq7-wz5x", False), ("4096172835", True)]):
        data = {"username": f"new{number}", "email": f"new{number}@example.org"}
        answer = browser().post("/accounts/signup/", {**data, "password1": password, "password2": password})
        assert (answer.status_code == 200) is refused, password


@pytest.mark.parametrize(
    ("public_url", "allowed", "host", "base"),
    [
        ("", ["*"], "evil.example", "http://127.0.0.1:8000"),
        ("", ["*"], "8.8.8.8", "http://127.0.0.1:8000"),
        ("", ["*"], "192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("", ["*"], "localhost:8000", "http://localhost:8000"),
        ("", ["studio.example"], "studio.example", "http://studio.example"),
        ("https://atelier.example", ["*"], "evil.example", "https://atelier.example"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_links_of_mails_do_not_follow_a_forged_host(
    known: bool, public_url: str, allowed: list[str], host: str, base: str, user: User, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = public_url, allowed
    address = user.email if known else "nobody@example.org"

    browser().post("/accounts/password/reset/", {"email": address}, headers={"Host": host})

    (message,) = mail.outbox
    links = re.findall(r"https?://\S+", str(message.body))
    assert links
    assert all(link.startswith(f"{base}/accounts/") for link in links)
    assert "evil" not in f"{message.subject} {message.body}"


def test_password_change_wants_the_old_one(session: Client, user: User) -> None:
    new = {"password1": "another-long-word-9", "password2": "another-long-word-9"}

    session.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    assert sign_in(browser(), user.username).status_code == 302
    session.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    assert sign_in(browser(), user.username, "another-long-word-9").status_code == 302


def test_second_factor_is_asked_for_and_its_secret_is_encrypted(user: User) -> None:
    client = browser()
    sign_in(client, user.username)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 302, "the password is asked for again"
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert 'class="qr"' in page.text

    client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)})

    stored = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(stored.data)
    other = browser()
    assert sign_in(other, user.username).headers["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/api/v1/me").status_code == 401
    other.post("/accounts/2fa/authenticate/", {"code": "000000" if totp_code(secret) != "000000" else "000001"})
    assert other.get("/api/v1/me").status_code == 401
    recovery = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]
    other.post("/accounts/2fa/authenticate/", {"code": recovery})
    assert other.get("/api/v1/me").status_code == 200


def totp_code(secret: str) -> str:
    """What an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


@pytest.mark.django_db
def test_link_of_a_mail_confirms_the_address_once() -> None:
    address = EmailAddress.objects.create(user=UserFactory(username="ada"), email="ada@example.org")
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"

    assert "Is ada@example.org an address of ada?" in browser().get(link).text
    assert browser().post(link).status_code == 302

    address.refresh_from_db()
    assert address.verified
    assert "This link has been used, or is too old." in browser().get(link).text

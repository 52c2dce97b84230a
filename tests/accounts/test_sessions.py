"""Sessions: where one is signed in, and signing the others out; e-mail addresses."""

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import User
from tests.accounts.test_pages import sign_in
from tests.factories.accounts import UserFactory

PAGE = "/accounts/sessions/"
PAYLOAD = "<script>window.hit = 1</script>"


def browser(user: User, agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    assert sign_in(client, user.username).status_code == 302
    return client


def test_other_sessions_are_listed_and_signed_out(user: User) -> None:
    here, there = browser(user, "Firefox here"), browser(user, PAYLOAD)
    stranger = browser(UserFactory(password="a-long-enough-word-7"), "somebody else")

    page = here.get(PAGE).text
    assert "Firefox here" in page
    assert "&lt;script&gt;window.hit" in page
    assert PAYLOAD not in page
    assert "somebody else" not in page
    assert page.count("this one") == 1

    here.post(PAGE)

    assert here.get("/api/v1/me").status_code == 200
    assert there.get("/api/v1/me").status_code == 401
    assert stranger.get("/api/v1/me").status_code == 200
    assert UserSession.objects.filter(user=user).count() == 1


def test_a_changed_password_ends_the_other_sessions(user: User) -> None:
    here, there = browser(user, "here"), browser(user, "there")
    new = {"password1": "another-long-word-9", "password2": "another-long-word-9"}

    here.post("/accounts/password/change/", {"oldpassword": "a-long-enough-word-7", **new})

    assert there.get("/api/v1/me").status_code == 401


def test_session_of_before_they_were_noted_is_no_error(session: Client) -> None:
    assert "began before they were noted" in session.get(PAGE).text


def test_addresses_are_added_made_primary_and_removed(session: Client, user: User) -> None:
    first = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)

    session.post("/accounts/email/", {"action_add": "", "email": "Second@example.org"})
    page = session.get("/accounts/email/").text
    assert "second@example.org" in page
    assert "not verified" in page
    EmailAddress.objects.filter(email="second@example.org").update(verified=True)
    session.post("/accounts/email/", {"action_primary": "", "email": "second@example.org"})
    user.refresh_from_db()
    assert user.email == "second@example.org"
    session.post("/accounts/email/", {"action_remove": "", "email": first.email})

    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["second@example.org"]


@pytest.mark.parametrize("address", ["", "no address", "a" * 250 + "@example.org", PAYLOAD])
def test_what_is_no_address_is_refused(address: str, session: Client) -> None:
    page = session.post("/accounts/email/", {"action_add": "", "email": address})

    assert "field-errors" in page.text
    assert PAYLOAD not in page.text
    assert not EmailAddress.objects.filter(email=address).exists()


def test_addresses_of_others_cannot_be_touched(session: Client, user: User) -> None:
    other = UserFactory()
    theirs = EmailAddress.objects.create(user=other, email=other.email, primary=True)

    for action in ("action_remove", "action_primary"):
        session.post("/accounts/email/", {action: "", "email": other.email})

    theirs.refresh_from_db()
    assert theirs.user == other
    user.refresh_from_db()
    assert user.email != other.email

"""The administration pages of accounts: they work, and show no secret."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.utils import quote
from django.test import Client

from accounts.models import ApiKey, Quota, User
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import ApiKeyFactory, QuotaFactory, UsageFactory, UserFactory


@pytest.fixture
def admin_session(session: Client, user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return session


@pytest.fixture
def rows(db: None) -> dict[str, Any]:
    """One row of each model."""
    owner = UserFactory(password=PASSWORD)
    return {
        "accounts/user": owner,
        "accounts/apikey": ApiKeyFactory(owner=owner),
        "accounts/quota": QuotaFactory(user=owner),
        "accounts/usage": UsageFactory(user=owner),
        "account/emailaddress": EmailAddress.objects.create(user=owner, email=owner.email),
        "mfa/authenticator": Authenticator.objects.create(user=owner, type="totp", data={"secret": "TOTPSECRET"}),
    }


def test_every_page_opens_and_hides_secrets(admin_session: Client, rows: dict[str, Any]) -> None:
    hidden = [rows["accounts/apikey"].text.partition(".")[2], rows["accounts/user"].password, "TOTPSECRET"]
    for path, row in rows.items():
        for page in (f"/admin/{path}/", f"/admin/{path}/{quote(row.pk)}/change/"):
            answer = admin_session.get(page)
            assert answer.status_code == 200, page
            assert row._meta.verbose_name.lower() in answer.text.lower()
            assert not [secret for secret in hidden if secret in answer.text], page


def test_admin_needs_a_staff_account(session: Client, db: None) -> None:
    assert Client().get("/admin/").status_code == 302
    for path in ("/admin/", "/admin/accounts/user/"):
        assert session.get(path).status_code in (302, 403)


def test_admin_signs_in_where_everybody_does(db: None) -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.request["PATH_INFO"] == "/accounts/login/"


def test_only_admin_pages_allow_eval(admin_session: Client) -> None:
    def policy(path: str) -> str:
        return str(admin_session.get(path).headers["Content-Security-Policy"])

    for path in ("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"):
        assert "script-src 'self' 'unsafe-eval'" in policy(path)
        assert "default-src 'none'" in policy(path)
    assert "unsafe" not in policy("/accounts/email/")


def test_keys_are_read_only_and_can_be_revoked(admin_session: Client) -> None:
    key = ApiKeyFactory()
    change = f"/admin/accounts/apikey/{quote(key.pk)}/change/"

    admin_session.post(change, {"name": "renamed", "scopes": '["manage"]'})
    assert admin_session.get("/admin/accounts/apikey/add/").status_code == 403
    admin_session.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

    stored = ApiKey.objects.get()
    assert (stored.name, stored.scopes, stored.revoked) == (key.name, key.scopes, True)


def test_administrator_makes_an_account_and_sets_its_limits(admin_session: Client, settings: Any) -> None:
    form = {
        "username": "grace",
        "email": "grace@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
        "quota-TOTAL_FORMS": "1",
        "quota-INITIAL_FORMS": "0",
        "quota-0-active_jobs": "2",
    }
    made = admin_session.post("/admin/accounts/user/add/", form)
    assert made.status_code == 302, made.text
    grace = User.objects.get(username="grace")
    assert grace.email == "grace@example.org"

    quota = Quota.objects.get(user=grace)
    assert quota.active_jobs == 2

    changed = admin_session.post(f"/admin/accounts/quota/{quota.pk}/change/", {"active_jobs": "3"})

    assert changed.status_code == 302
    assert Quota.objects.get(user=grace).active_jobs == 3
    listed = admin_session.get("/admin/accounts/quota/").text
    assert ">3<" in " ".join(listed.split()).replace("> 3 <", ">3<")
    assert f"{settings.QUOTA_JOBS_PER_DAY} (by the settings)" in listed

"""The page of a user's API keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from tests.factories.accounts import ApiKeyFactory

PAGE = "/account/keys"
FORM = {"name": "laptop", "scopes": ["read", "generate"], "days": "30"}


def test_new_key_is_shown_once_and_works(session: Client, user: User) -> None:
    page = session.post(PAGE, FORM)

    key = page.context["new_key"]
    assert key in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert Client().get("/api/v1/me", headers={"X-Api-Key": key}).json()["username"] == user.username
    again = session.get(PAGE)
    assert key[:8] in again.text
    assert key.partition(".")[2] not in again.text
    expiry = ApiKey.objects.get().expiry_date
    assert expiry is not None
    assert timedelta(days=29) < expiry - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": " "}, {"scopes": []}, {"scopes": ["root"]}, {"days": "9999"}])
def test_wrong_form_is_shown_again_with_the_error(wrong: dict[str, object], session: Client) -> None:
    page = session.post(PAGE, {**FORM, **wrong})

    assert page.status_code == 400
    assert "field-errors" in page.text
    assert not ApiKey.objects.exists()


def test_revoked_key_is_gone_and_a_foreign_one_is_unknown(session: Client, user: User) -> None:
    own, foreign = ApiKeyFactory(owner=user, name="<b>old</b>"), ApiKeyFactory()

    assert session.post(f"{PAGE}/{foreign.public_id}/revoke").status_code == 404
    assert session.get(f"{PAGE}/{own.public_id}/revoke").status_code == 405
    page = session.post(f"{PAGE}/{own.public_id}/revoke", follow=True)

    assert "&lt;b&gt;old&lt;/b&gt;” is revoked" in page.text
    assert list(ApiKey.objects.values_list("owner_id", "revoked").order_by("revoked")) == [
        (foreign.owner_id, False),
        (user.pk, True),
    ]


@pytest.mark.django_db
def test_page_needs_a_session_and_revoking_the_token() -> None:
    key = ApiKeyFactory()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(key.owner, backend="django.contrib.auth.backends.ModelBackend")

    assert Client().get(PAGE).status_code == 302
    assert strict.post(f"{PAGE}/{key.public_id}/revoke").status_code == 403
    assert strict.post(PAGE, FORM).status_code == 403
    assert ApiKey.objects.filter(revoked=False).count() == 1

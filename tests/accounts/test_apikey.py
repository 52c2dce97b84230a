"""`manage.py apikey`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from tests.factories.accounts import ApiKeyFactory, UserFactory


def apikey(*arguments: str) -> str:
    out = StringIO()
    call_command("apikey", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_create_prints_the_key_alone() -> None:
    user = UserFactory()

    out = apikey("create", user.username, "--name", "laptop")

    assert out.count("\n") == 1
    assert Client().get("/api/v1/me", headers={"X-Api-Key": out.strip()}).json()["username"] == user.username
    assert ApiKey.objects.get().scopes == ["read", "generate"]


@pytest.mark.django_db
def test_create_takes_scopes_and_expiry() -> None:
    user = UserFactory()

    apikey("create", user.username, "--name", "ci", "--scope", "read", "--scope", "manage", "--expires-days", "7")

    key = ApiKey.objects.get()
    assert key.scopes == ["read", "manage"]
    assert key.expiry_date is not None
    assert timedelta(days=6) < key.expiry_date - timezone.now() < timedelta(days=8)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "nobody", "--name", "x"], "There is no account named 'nobody'."),
        (["create", "ada", "--name", " "], "'name' must have 1 to 50 characters."),
        (["create", "ada", "--name", "x", "--expires-days", "-1"], "future"),
        (["create", "ada", "--name", "x", "--expires-days", "999999999999"], "too large"),
        (["create", "ada", "--name", "x", "--expires-days", "99999999"], "too large"),
        (["list", "nobody"], "There is no account named 'nobody'."),
        (["revoke", "aaaaaaaa"], "There is no key"),
    ],
)
def test_mistake_is_one_sentence(arguments: list[str], sentence: str) -> None:
    UserFactory(username="ada")

    with pytest.raises(CommandError, match=sentence) as refused:
        apikey(*arguments)

    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_list_shows_no_secret_and_revoke_ends_a_key() -> None:
    key = ApiKeyFactory()

    listed = apikey("list", key.owner.username)
    apikey("revoke", key.prefix)

    assert key.prefix in listed
    assert key.text.partition(".")[2] not in listed
    assert Client().get("/api/v1/me", headers={"X-Api-Key": key.text}).status_code == 401
    assert apikey("list", key.owner.username) == ""

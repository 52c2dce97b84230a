"""Fixtures of the accounts tests."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.factories.accounts import UserFactory

PASSWORD = "a-long-enough-word-7"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """The real hasher takes a third of a second for each sign-in, by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user(db: None) -> User:
    """A user who can sign in with PASSWORD."""
    return UserFactory(password=PASSWORD)


@pytest.fixture
def session(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client

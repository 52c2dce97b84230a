"""Fixtures of the tests of the pages."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories.accounts import UserFactory
from tests.support.jobs import announce_worker


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.fixture
def page(user: User) -> Client:
    """A browser without JavaScript in which `user` is signed in."""
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    client.force_login(user)
    return client


@pytest.fixture
def served(redis_server: str, _clean_state: None) -> None:
    """A worker of every queue was seen."""
    announce_worker()

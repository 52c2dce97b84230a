"""Scopes: each method of a view against each kind of key."""

import pytest

from accounts.models import Scope
from tests.factories.accounts import ApiKeyFactory
from tests.support.clients import KeyClient

MISSING = "11111111-1111-4111-8111-111111111111"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ([Scope.READ], "GET", "/api/v1/me", 200),
        ([Scope.READ], "HEAD", "/api/v1/me", 200),
        ([Scope.READ], "OPTIONS", "/api/v1/me", 200),
        ([Scope.GENERATE], "GET", "/api/v1/me", 403),
        ([Scope.READ, Scope.GENERATE], "GET", "/api/v1/keys", 403),
        ([Scope.READ, Scope.GENERATE], "HEAD", "/api/v1/keys", 403),
        ([Scope.READ, Scope.GENERATE], "POST", "/api/v1/keys", 403),
        ([Scope.READ, Scope.GENERATE], "DELETE", f"/api/v1/keys/{MISSING}", 403),
        ([Scope.MANAGE], "GET", "/api/v1/keys", 200),
        ([Scope.MANAGE], "DELETE", f"/api/v1/keys/{MISSING}", 404),
    ],
)
def test_scope_of_key_decides(scopes: list[Scope], method: str, path: str, status: int) -> None:
    client = KeyClient(ApiKeyFactory().owner, *scopes)

    response = client.generic(method, path)

    assert response.status_code == status
    if status == 403 and method != "HEAD":
        assert response.json()["code"] == "scope_missing"

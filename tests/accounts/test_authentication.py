"""Who gets in: three header forms, sessions with CSRF, and nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from accounts.authentication import authenticate_request
from accounts.models import ApiKey, Scope, User
from tests.factories.accounts import ApiKeyFactory

ME = "/api/v1/me"


def get_me(**headers: str) -> Any:
    return Client(raise_request_exception=False).get(ME, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Authorization", "Bearer {}"),
        ("Authorization", "bearer  {}"),
        ("Authorization", "Api-Key {}"),
        ("X_Api_Key", "{}"),
    ],
)
def test_key_is_understood_in_each_header_form(header: str, form: str) -> None:
    key = ApiKeyFactory()

    response = get_me(**{header: form.format(key.text)})

    assert response.status_code == 200
    assert response.json()["username"] == key.owner.username


@pytest.mark.django_db
def test_no_credentials_is_a_401_with_a_challenge() -> None:
    response = get_me()

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoil", ["unknown", "revoked", "expired", "inactive", "other secret", "garbage", "empty", "nul"]
)
def test_key_that_is_not_valid_is_a_401_that_says_no_more(spoil: str) -> None:
    key = ApiKeyFactory()
    text = {
        "unknown": "aaaaaaaa." + "b" * 32,
        "other secret": key.prefix + "." + "b" * 32,
        "garbage": "' OR 1=1 --",
        "empty": "",
        "nul": key.text + "\x00",
    }.get(spoil, key.text)
    if spoil == "revoked":
        ApiKey.objects.update(revoked=True)
    if spoil == "expired":
        ApiKey.objects.update(expiry_date=timezone.now() - timedelta(seconds=1))
    if spoil == "inactive":
        User.objects.update(is_active=False)

    response = get_me(Authorization=f"Bearer {text}")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["detail"] == "This API key is not valid."


@pytest.mark.django_db
def test_bad_key_is_refused_although_a_session_is_there(session: Client) -> None:
    assert session.get(ME, headers={"X-Api-Key": "wrong"}).status_code == 401


@pytest.mark.django_db
def test_last_use_is_written_at_most_once_a_minute(django_assert_num_queries: Any) -> None:
    key = ApiKeyFactory()
    get_me(X_Api_Key=key.text)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None

    get_me(X_Api_Key=key.text)
    key.refresh_from_db()
    assert key.last_used_at == first

    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    get_me(X_Api_Key=key.text)
    key.refresh_from_db()
    assert key.last_used_at > first


@pytest.mark.django_db
def test_session_reads_without_and_writes_only_with_the_csrf_token(user: User) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(ME).status_code == 200

    refused = client.post("/api/v1/keys", {"name": "laptop"}, content_type="application/json")
    assert refused.status_code == 403
    assert not ApiKey.objects.exists()

    client.get("/accounts/email/")
    token = client.cookies["csrftoken"].value
    made = client.post(
        "/api/v1/keys", {"name": "laptop"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201


def plain_request(method: str = "GET", user: Any = None, **headers: str) -> Any:
    request = RequestFactory().generic(method, "/ipfs/x", headers=headers)
    request.user = user or AnonymousUser()
    return request


@pytest.mark.django_db
def test_authenticate_request_knows_keys_and_sessions(user: User) -> None:
    key = ApiKeyFactory()

    assert authenticate_request(plain_request(**{"X-Api-Key": key.text})) == key.owner
    assert authenticate_request(plain_request(user=user)) == user
    assert authenticate_request(plain_request()) is None
    assert authenticate_request(plain_request(user=user, **{"X-Api-Key": "wrong"})) is None


@pytest.mark.django_db
def test_authenticate_request_wants_the_scope() -> None:
    key = ApiKeyFactory(scopes=["generate"])

    assert authenticate_request(plain_request(**{"X-Api-Key": key.text})) is None
    assert authenticate_request(plain_request(**{"X-Api-Key": key.text}), scope=Scope.GENERATE) == key.owner


@pytest.mark.django_db
def test_authenticate_request_refuses_an_unsafe_method_without_csrf_token(user: User) -> None:
    request = plain_request("POST", user=user)
    request._dont_enforce_csrf_checks = False

    with pytest.raises(PermissionDenied):
        authenticate_request(request)

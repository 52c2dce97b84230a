"""`/api/v1/keys` and `/api/v1/me` through HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Scope, User
from accounts.services import record_use
from tests.factories.accounts import ApiKeyFactory, QuotaFactory, UserFactory
from tests.support.clients import KeyClient, post_json

KEYS = "/api/v1/keys"


def test_new_key_is_shown_once_and_works(session: Client, user: User) -> None:
    made = post_json(session, KEYS, {"name": "laptop", "scopes": ["read"]})

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    body = made.json()
    assert {**body, "id": 0, "key": 0, "created_at": 0} == {
        "id": 0,
        "key": 0,
        "created_at": 0,
        "name": "laptop",
        "prefix": body["key"][:8],
        "scopes": ["read"],
        "expires_at": None,
        "last_used_at": None,
    }
    assert Client().get("/api/v1/me", headers={"X-Api-Key": body["key"]}).json()["username"] == user.username
    listed = session.get(KEYS)
    assert [row["id"] for row in listed.json()["results"]] == [body["id"]]
    assert body["key"].partition(".")[2] not in listed.text
    assert "hash" not in listed.text


def test_new_key_has_read_and_generate_where_no_scopes_are_given(session: Client) -> None:
    assert post_json(session, KEYS, {"name": "laptop"}).json()["scopes"] == ["read", "generate"]


def test_new_key_expires_when_asked(session: Client) -> None:
    expires_at = timezone.now() + timedelta(days=1)

    made = post_json(session, KEYS, {"name": "laptop", "expires_at": expires_at.isoformat()})

    assert ApiKey.objects.get(public_id=made.json()["id"]).expiry_date == expires_at


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"name": "lap", "scopes": []}, "scopes"),
        ({"name": "lap", "scopes": "read"}, "scopes"),
        ({"name": "lap", "scopes": ["root"]}, "scopes.0"),
        ({"name": "lap", "scopes": None}, "scopes"),
        ({"name": "lap", "expires_at": "yesterday"}, "expires_at"),
        ({"name": "lap", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ([], "body"),
        ('"name"', "body"),
    ],
)
def test_new_key_with_wrong_fields_is_a_400_that_names_them(session: Client, body: Any, field: str) -> None:
    made = post_json(session, KEYS, body)

    assert made.status_code == 400
    assert made.headers["Content-Type"] == "application/problem+json"
    assert field in made.json()["errors"]
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_key_with_manage_makes_keys_within_its_scopes_only() -> None:
    client = KeyClient(UserFactory(), Scope.MANAGE, Scope.READ)

    beyond = post_json(client, KEYS, {"name": "child", "scopes": ["read", "generate"]})
    within = post_json(client, KEYS, {"name": "child", "scopes": ["read"]})

    assert beyond.status_code == 403
    assert beyond.json()["code"] == "scope_missing"
    assert "generate" in beyond.json()["detail"]
    assert within.status_code == 201
    assert ApiKey.objects.filter(name="child").count() == 1


def test_revoked_key_stops_at_once_and_is_listed_no_more(session: Client, user: User) -> None:
    key = ApiKeyFactory(owner=user)

    assert session.delete(f"{KEYS}/{key.public_id}").status_code == 204

    assert Client().get("/api/v1/me", headers={"X-Api-Key": key.text}).status_code == 401
    assert session.get(KEYS).json()["results"] == []
    assert session.delete(f"{KEYS}/{key.public_id}").status_code == 404


def test_foreign_key_answers_like_an_unknown_one(session: Client) -> None:
    foreign = ApiKeyFactory()

    refused = session.delete(f"{KEYS}/{foreign.public_id}")
    unknown = session.delete(f"{KEYS}/11111111-1111-4111-8111-111111111111")

    assert (refused.status_code, refused.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    foreign.refresh_from_db()
    assert not foreign.revoked
    assert session.get(KEYS).json()["results"] == []


def test_keys_come_in_pages_of_fifty_newest_first(session: Client, user: User) -> None:
    for number in range(51):
        ApiKeyFactory(owner=user, name=f"key {number}")

    first = session.get(KEYS).json()
    second = session.get(first["next"]).json()

    assert [len(first["results"]), len(second["results"])] == [50, 1]
    assert first["results"][0]["name"] == "key 50"
    assert second["results"][0]["name"] == "key 0"
    assert (first["previous"], second["next"]) == (None, None)


def test_me_tells_account_quota_and_use(session: Client, user: User, settings: Any) -> None:
    settings.QUOTA_JOBS_PER_DAY = 77
    QuotaFactory(user=user, active_jobs=5)
    record_use(owner=user, jobs=3, engine_seconds=1.5, stored_bytes=100)

    body = session.get("/api/v1/me").json()

    assert body["id"] == str(user.public_id)
    assert (body["username"], body["email"], body["is_staff"]) == (user.username, user.email, False)
    assert body["quota"] == {"active_jobs": 5, "jobs_per_day": 77, "stored_bytes": settings.QUOTA_STORED_BYTES}
    assert body["use"] == {"jobs_today": 3, "engine_seconds_today": 1.5, "stored_bytes": 100}


@pytest.mark.parametrize(
    "path", ["/api/v1/keys/", "/api/v1/me/", "/api/v1/keys/1", "/api/v1/keys/..%2Fme", "/api/v1/nothing"]
)
def test_other_paths_are_a_404_problem(session: Client, path: str) -> None:
    response = session.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"

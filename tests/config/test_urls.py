"""Schema, docs, metrics, and what unknown paths and failures answer, through HTTP."""

from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from tests.factories.accounts import UserFactory


def browse(path: str, **headers: str) -> Any:
    accept = {"Accept": "text/html,*/*;q=0.8"}
    return Client(raise_request_exception=False).get(path, headers={**accept, **headers})


@pytest.mark.django_db
def test_schema_is_valid_has_no_warnings_and_needs_no_key(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))

    schema = yaml.safe_load(browse("/api/schema").text)

    assert set(schema["components"]["securitySchemes"]) == {
        "apiKeyAuthorization",
        "apiKeyHeader",
        "bearerKey",
        "session",
    }
    keys = schema["paths"]["/api/v1/keys"]["post"]
    assert keys["security"] == [{"bearerKey": []}, {"apiKeyAuthorization": []}, {"apiKeyHeader": []}, {"session": []}]
    assert "application/problem+json" in keys["responses"]["400"]["content"]
    assert "/api/v1/me" in schema["paths"]


@pytest.mark.django_db
def test_schema_is_made_once_and_known_by_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    first = browse("/api/schema")
    monkeypatch.setattr("config.views.SchemaGenerator.get_schema", lambda *_, **__: pytest.fail("made again"))
    staff = Client()
    staff.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")

    for answer in (browse("/api/schema"), staff.get("/api/schema"), staff.get("/api/schema?version=9&lang=de")):
        assert (answer.status_code, answer.content) == (200, first.content)
        assert answer["ETag"] == first["ETag"]
    known = browse("/api/schema", **{"If-None-Match": first["ETag"]})
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", first["ETag"])
    assert browse("/api/schema", **{"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.django_db
def test_schema_as_json_is_the_same_document() -> None:
    written, asked = browse("/api/schema"), browse("/api/schema?format=json")

    assert asked.json() == yaml.safe_load(written.text)
    assert asked["ETag"] != written["ETag"]
    assert asked["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert written["Content-Type"].startswith("application/vnd.oai.openapi")
    assert "Accept" in asked["Vary"]
    assert browse("/api/schema", Accept="application/json").json() == asked.json()


@pytest.mark.django_db
def test_docs_come_from_this_host_under_a_policy_of_their_own() -> None:
    page = browse("/api/docs")

    assert page.status_code == 200
    assert "https://" not in page.text
    assert "//cdn" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert {"script-src 'self'", "style-src 'self' 'unsafe-inline'"} <= set(policy.split("; "))
    assert "<script>" not in page.text


@pytest.mark.django_db
def test_metrics_are_for_staff_and_the_token(settings: Any) -> None:
    settings.METRICS_TOKEN = "let-prometheus-in"
    staff, other = Client(), Client()
    staff.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    other.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")

    assert staff.get("/metrics").status_code == 200
    scraped = browse("/metrics", Authorization="Bearer let-prometheus-in")
    assert "django_http_requests" in scraped.text
    assert other.get("/metrics").status_code == 404
    for wrong in ("", "Bearer ", "Bearer wrong", "let-prometheus-in", "Bearer é"):
        assert browse("/metrics", Authorization=wrong).status_code == 404


@pytest.mark.django_db
def test_metrics_without_a_token_set_are_not_open_to_an_empty_one() -> None:
    assert browse("/metrics", Authorization="Bearer ").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/nothing", "text/html; charset=utf-8"),
        ("/api/v1/nothing", "application/problem+json"),
        ("/v1/nothing", "application/json"),
        ("/generate/nothing", "application/json"),
        ("/output/nothing", "application/json"),
    ],
)
def test_unknown_path_is_a_page_for_people_and_json_for_programs(path: str, content_type: str) -> None:
    page = browse(path)

    assert (page.status_code, page.headers["Content-Type"]) == (404, content_type)
    assert browse(path, Accept="*/*").headers["Content-Type"] != "text/html; charset=utf-8"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "content_type", "body", "status"),
    [
        ("POST", "application/json", b"{", 400),
        ("POST", "application/json", b'{"name": NaN}', 400),
        ("POST", "application/json", b"\xff\xfe", 400),
        ("POST", "application/json", b"[" * 100_000, 400),
        ("POST", "text/plain", b"x", 415),
        ("POST", "application/x-www-form-urlencoded", b"name=x", 415),
        ("PUT", "application/json", b"{}", 405),
        ("PATCH", "application/json", b"{}", 405),
    ],
)
def test_request_of_the_wrong_form_is_a_problem(method: str, content_type: str, body: bytes, status: int) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")

    answer = client.generic(method, "/api/v1/keys", body, content_type=content_type)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.django_db
def test_accept_that_cannot_be_met_is_a_406() -> None:
    client = Client()
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/api/v1/me", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/me", "/accounts/login/"])
def test_failure_in_a_view_tells_an_id_and_nothing_else(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the database is at /srv/secret")

    monkeypatch.setattr("accounts.selectors.limits", broken)
    monkeypatch.setattr("accounts.forms.LoginForm.__init__", broken)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    if path.startswith("/accounts"):
        client.logout()

    answer = client.get(path, headers={"Accept": "text/html,*/*"})

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    identifier = answer.headers["X-Request-Id"]
    assert identifier in answer.text


def test_pages_and_api_have_no_path_twice() -> None:
    seen: list[str] = []

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                if not path.startswith("admin/"):
                    walk(pattern.url_patterns, path)
            else:
                seen.append(path)

    walk(get_resolver().url_patterns, "")
    # Ours stands before allauth's.
    seen.remove("accounts/sessions/")
    assert sorted(set(seen)) == sorted(seen)

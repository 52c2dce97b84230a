"""The account area: every page in our look, what one uses, the profile, and one's data as a file."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.account_pages import duration
from accounts.charts import bar_chart
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import ApiKeyFactory, QuotaFactory, UsageFactory, UserFactory
from tests.support.pages import MOST_QUERIES, PAYLOADS, inline_code

PAGES = [
    "/account",
    "/account/profile",
    "/account/keys",
    "/account/data",
    "/account/delete",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
]
# These ask for the password first.
GUARDED_PAGES = ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"]


def confirm_password(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_page_is_in_the_account_area_and_needs_a_session(path: str, session: Client) -> None:
    page = session.get(path)

    assert page.status_code == 200
    assert 'aria-label="Account"' in page.text
    assert page.text.count('aria-current="page"') == 1
    assert inline_code(page.text) == []
    assert "<table>" not in page.text or 'class="table-scroll"' in page.text
    anonymous = Client().get(path)
    assert anonymous.status_code == 302
    assert anonymous.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", GUARDED_PAGES)
def test_page_of_a_new_second_factor_asks_who_it_is(path: str, session: Client) -> None:
    assert session.get(path).headers["Location"].startswith("/accounts/reauthenticate/")
    assert "Confirm that it is you" in session.get("/accounts/reauthenticate/").text

    confirm_password(session)

    page = session.get(path)
    assert page.status_code == 200
    assert 'aria-label="Account"' in page.text
    # The only script without an address is data: its type is JSON.
    assert set(re.findall(r"<script(?![^>]*src=)[^>]*type=\"([^\"]+)\"", page.text)) <= {"application/json"}


@pytest.mark.parametrize("path", PAGES)
def test_page_costs_few_queries(path: str, session: Client, user: User, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        ApiKeyFactory(owner=user)
        UsageFactory(user=user, day=timezone.now().date() - timedelta(days=number))

    with django_assert_max_num_queries(MOST_QUERIES):
        session.get(path)


def test_overview_tells_quota_and_use_as_figures_and_as_charts(session: Client, user: User) -> None:
    today = timezone.now().date()
    QuotaFactory(user=user, jobs_per_day=40, stored_bytes=10 * 2**20)
    UsageFactory(user=user, jobs=30, engine_seconds=90.0, stored_bytes=5 * 2**20)
    UsageFactory(user=user, day=today - timedelta(days=29), jobs=15, engine_seconds=4.26)
    UsageFactory(user=user, day=today - timedelta(days=30), jobs=999)
    UsageFactory(jobs=777)

    page = session.get("/account").text

    assert "30 of 40" in page
    assert "5.0\xa0MB of 10.0\xa0MB" in page
    assert f'max="{10 * 2**20}" value="{5 * 2**20}"' in page
    assert "45 jobs in the last 30 days, at most 30 on one day." in page
    assert "1 min 34 s in the last 30 days" in page
    assert f"<title>{(today - timedelta(days=29)).isoformat()}: 15 jobs</title>" in page
    assert page.count("<rect") == 4
    assert "999" not in page
    assert "777" not in page


def test_overview_of_an_empty_account_draws_no_bars(session: Client) -> None:
    page = session.get("/account").text

    assert "0 jobs in the last 30 days" in page
    assert "<rect" not in page


def test_bars_fill_the_height_and_the_smallest_is_seen() -> None:
    chart = bar_chart("Jobs", "Many.", [("a", 10_000, "many"), ("b", 0, "none"), ("c", 1, "one")])

    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [(0, 0, 64), (20, 62, 2)]
    assert chart.width == 28
    assert bar_chart("Jobs", "None.", []).bars == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.04, "0.0 s"), (9.96, "10.0 s"), (31.4, "31 s"), (245, "4 min 5 s"), (7800, "2 h 10 min")],
)
def test_duration_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_name_is_saved_for_oneself_alone(session: Client, user: User) -> None:
    other = UserFactory()

    saved = session.post("/account/profile", {"first_name": " Ada ", "last_name": "Lovelace", "username": "root"})

    assert saved.status_code == 302
    user.refresh_from_db()
    assert (user.first_name, user.last_name) == ("Ada", "Lovelace")
    assert user.username != "root"
    other.refresh_from_db()
    assert other.first_name == ""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_that_are_code_are_shown_as_text(payload: str, session: Client, user: User) -> None:
    session.post("/account/profile", {"first_name": payload, "last_name": payload})
    ApiKeyFactory(owner=user, name=payload)

    for path in ("/account/profile", "/account/keys", "/account"):
        page = session.get(path).text
        assert inline_code(page) == []
        assert "<script>window" not in page
        assert "<img src=x" not in page
    assert User.objects.get(pk=user.pk).first_name == payload


def test_name_that_is_too_long_is_shown_again(session: Client, user: User) -> None:
    page = session.post("/account/profile", {"first_name": "a" * 151, "last_name": "b"})

    assert page.status_code == 400
    assert "field-errors" in page.text
    user.refresh_from_db()
    assert user.last_name == ""


@pytest.mark.parametrize("path", ["/account/profile", "/account/delete", "/accounts/sessions/", "/accounts/email/"])
def test_forms_need_the_token(path: str, user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert strict.post(path, {"first_name": "x", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize("path", ["/account", "/account/data", "/account/data/account.json"])
def test_pages_that_only_show_take_no_forms(path: str, session: Client) -> None:
    assert session.post(path).status_code == 405


def test_export_has_the_account_and_no_secret(session: Client, user: User) -> None:
    key, foreign = ApiKeyFactory(owner=user, name="laptop"), ApiKeyFactory(name="not yours")
    UsageFactory(user=user, jobs=3)

    answer = session.get("/account/data/account.json")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="atelier-account.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    document = answer.json()
    assert (document["format"], document["version"]) == ("atelier-account", 1)
    assert document["account"]["username"] == user.username
    assert [known["name"] for known in document["api_keys"]] == ["laptop"]
    assert document["use"][0]["jobs"] == 3
    assert (document["jobs"], document["models"]) == ([], [])
    for secret in (key.text, key.hashed_key, user.password, foreign.prefix, "not yours"):
        assert secret not in answer.text

"""`/staff/doctor`: the doctor's findings as a page, for staff alone."""

import subprocess
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from operations import doctor_process
from operations.doctor import examine
from operations.findings import Finding, Verdict
from tests.factories.accounts import ApiKeyFactory, UserFactory
from tests.support.pages import inline_code

pytestmark = pytest.mark.django_db

PAGE = "/staff/doctor"
LOOK = f"{PAGE}?look=1"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


def test_page_shows_what_the_command_finds_with_the_fixes(staff: Client) -> None:
    page = staff.get(LOOK)

    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    found: list[Finding] = page.context["findings"]
    # The process of its own looks at the same folder, but at no test's database.
    assert {finding.check for finding in examine()} - {"migrations"} <= {finding.check for finding in found}
    assert [finding.verdict is Verdict.FAIL for finding in found] == sorted(
        (finding.verdict is Verdict.FAIL for finding in found), reverse=True
    )
    for finding in found:
        assert escape(finding.fix) in page.text
    assert "Set it for Prometheus." in page.text
    assert inline_code(page.text) == []


def test_others_find_no_such_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> list[Finding]:
        raise AssertionError("the doctor was asked")

    monkeypatch.setattr("operations.pages.findings", never)
    user = Client()
    user.force_login(UserFactory())
    key = ApiKeyFactory(owner=UserFactory(is_staff=True), scopes=["read", "generate", "manage"])

    for path in (PAGE, LOOK):
        assert Client().get(path).status_code == 404
        assert user.get(path).status_code == 404
    assert Client().get(PAGE, headers={"X-Api-Key": key.text}).status_code == 404


def test_page_comes_at_once_and_leads_to_the_look(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.pages.findings", lambda: pytest.fail("the doctor was asked"))

    page = staff.get(PAGE)

    assert page.status_code == 200
    assert f'hx-get="{LOOK}"' in page.text
    assert f'<a href="{LOOK}">' in page.text


def test_findings_are_text_and_a_broken_part_is_said_first(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Finding("disk", Verdict.OK, "plenty"),
        Finding("redis", Verdict.FAIL, "<script>window.hit = 1</script>", "make run"),
    ]
    monkeypatch.setattr("operations.pages.findings", lambda: found)

    page = staff.get(LOOK).text

    assert "1 thing that Atelier needs is broken." in page
    assert page.index("redis") < page.index("disk")
    assert "<script>window" not in page


@pytest.mark.parametrize(
    "answer",
    [subprocess.TimeoutExpired("doctor", 1), OSError("no such file"), subprocess.CompletedProcess([], 1, b"oops")],
)
def test_doctor_that_does_not_answer_is_a_finding(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any, **__: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("operations.doctor_process.subprocess.run", run)

    (finding,) = doctor_process.findings()

    assert finding.verdict is Verdict.FAIL
    assert "manage.py doctor" in finding.fix

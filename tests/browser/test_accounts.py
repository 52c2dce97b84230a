"""From the first start to a second sign-in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.person import PASSWORD, Person
from tests.support.processes import RunningAtelier

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(1200), pytest.mark.xdist_group("browser")]


def test_link_of_the_first_start_makes_the_administrator_and_lands_in_the_studio(
    atelier: RunningAtelier, open_context: Callable[..., BrowserContext]
) -> None:
    link = re.search(r"http://\S+/setup/\S+", atelier.wait_for_log(r"/setup/"))
    assert link
    page = open_context().new_page()

    page.goto(link[0])
    page.locator("[name=username]").fill("boss")
    page.locator("[name=email]").fill("boss@example.org")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Create administrator").click()

    expect(page.get_by_role("heading", name="New picture")).to_be_visible()
    page.locator(".menu > summary").click()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()
    second = page.goto(link[0])
    assert second
    assert second.status == 404


def test_somebody_signs_up_signs_out_and_signs_in(person: Person) -> None:
    page = person.page
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()

    person.sign_in()

    expect(page.get_by_role("heading", name="New picture")).to_be_visible()
    expect(page.locator(".menu-label")).to_have_text(person.name)

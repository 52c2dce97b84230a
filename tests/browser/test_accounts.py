"""From the first start to a second sign-in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.person import PASSWORD, Person, wait_succeeded
from tests.support.processes import RunningAtelier

pytestmark = [pytest.mark.browser, pytest.mark.processes]


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
    # The first picture is one click away, and what makes it is named.
    expect(page.locator("[name=prompt]")).not_to_be_empty()
    expect(page.locator(".demo-note")).to_contain_text("Demo models are in use.")
    page.locator(".menu > summary").click()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()
    page.get_by_role("link", name="Doctor").click()
    expect(page.get_by_text("Everything that Atelier needs works")).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Make picture").click()
    wait_succeeded(page.locator("li.job"))
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

"""Answers that come late: the studio's list is never left with a card of what was so before."""

import re
import time

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.person import PATIENCE_SECONDS, Person, wait_succeeded

pytestmark = [pytest.mark.browser, pytest.mark.processes]


class Held:
    """The first answer to requests of a pattern, asked for at once and given to the page when the test says so."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._route: Route | None = None
        self._answer: APIResponse | None = None
        page.route(re.compile(pattern), self._hold)

    def _hold(self, route: Route) -> None:
        if self._route is None:
            self._route = route
            self._answer = route.fetch()
        else:
            route.continue_()

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._answer is None:
            assert time.monotonic() < deadline, "nothing was asked for"
            self._page.wait_for_timeout(20)  # Playwright's own: requests come meanwhile.

    def give(self) -> None:
        assert self._route is not None
        self._route.fulfill(response=self._answer)


@pytest.mark.parametrize("last", ["list", "card"])
def test_end_is_shown_although_an_older_list_comes(person: Person, last: str) -> None:
    page = person.page
    card = person.ask("an ocean at night", num_inference_steps="100")
    expect(card.locator("[data-state]")).to_contain_text("Step")
    person.wait_live()
    old_list = Held(page, r"/studio/tray\?")
    other = Person(page.context.new_page(), person.name)
    other.page.goto("/")

    # The first window reads its list for this job, while the other one runs.
    other.ask("a forest by day", num_inference_steps="1")
    old_list.wait()
    if last == "list":
        wait_succeeded(card)
        old_list.give()
    else:
        ended_card = Held(page, rf"/studio/jobs/{card.get_attribute('data-job')}$")
        ended_card.wait()
        old_list.give()
    expect(page.locator("li.job")).to_have_count(2)
    if last == "card":
        ended_card.give()

    wait_succeeded(card)


def test_jobs_that_end_together_are_all_shown(person: Person) -> None:
    page = person.page
    cards = [person.ask("an ocean at night", num_inference_steps="150") for _ in range(4)]
    person.wait_live()
    first_answer = Held(page, "/studio/jobs/[^/]+$")
    token = page.locator("#studio-form [name=csrfmiddlewaretoken]").input_value()

    for card in cards:
        path = f"/api/v1/jobs/{card.get_attribute('data-job')}/cancel"
        assert page.request.post(path, headers={"X-CSRFToken": token}).ok
    first_answer.wait()

    expect(page.locator("li.job-cancelled")).to_have_count(3)
    first_answer.give()
    expect(page.locator("li.job-cancelled")).to_have_count(4)

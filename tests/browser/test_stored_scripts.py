"""Texts of people that are markup are shown as they were written, and run nowhere: not one of them, on no page.

The browser is told to ignore the Content-Security-Policy: what keeps a script from running is that no page contains it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.browser.person import PATIENCE_SECONDS
from tests.support.filled_atelier import FilledAtelier
from tests.support.planted import PLANTED
from tests.support.site_page import Viewer

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Columns that no page shows → why.
NOWHERE = {
    "content.Content.model": "an index's copy of what the provenance says",
    "generation.Job.result.text": "the first of its texts once more, for programs",
    "generation.Job.webhook": "it may hold a token of its receiver",
    "generation.WebhookDelivery.url": "likewise",
}
_BEFORE_ANY_PAGE = "window.hits = []; window.hit = (number) => window.hits.push(number);"
# What a page says, hidden parts, fields and descriptions for screen readers included.
_ALL_TEXT = """() => {
    const parts = [document.title, document.body.textContent];
    for (const element of document.body.querySelectorAll("*")) {
        for (const name of ["alt", "title", "aria-label", "value", "placeholder"]) {
            if (element.hasAttribute(name)) parts.push(element.getAttribute(name));
        }
        if ("value" in element) parts.push(String(element.value));
    }
    return parts.join("\\n");
}"""


class Walk:
    """One browser a viewer; what the pages showed, and what went wrong on them."""

    def __init__(self, chromium: Browser, atelier: FilledAtelier, columns: list[str]) -> None:
        self._chromium, self._atelier, self._columns = chromium, atelier, columns
        self._contexts: dict[Viewer, BrowserContext] = {}
        self.shown: set[str] = set()
        self.faults: list[str] = []

    def page_of(self, viewer: Viewer) -> Page:
        if viewer not in self._contexts:
            context = self._chromium.new_context(base_url=self._atelier.base_url, bypass_csp=True)
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            context.add_cookies(self._atelier.cookies_of(viewer))
            context.add_init_script(_BEFORE_ANY_PAGE)
            self._contexts[viewer] = context
        page = self._contexts[viewer].new_page()
        page.on("dialog", self._note)
        return page

    def _note(self, dialog: Dialog) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def visit(self, viewer: Viewer, path: str) -> None:
        page = self.page_of(viewer)
        answer = page.goto(path)
        assert answer
        if answer.status >= 500:
            self.faults.append(f"{path}: {answer.status}")
        self.look(page)
        page.close()

    def look(self, page: Page) -> None:
        """At what is in the page now."""
        for number in page.evaluate("window.hits"):
            self.faults.append(f"{page.url}: ran {self._columns[number]}")
        if page.locator("img[src=x], [onerror]").count():
            self.faults.append(f"{page.url}: markup of people became elements")
        self.shown.update(self._columns[int(number)] for number in PLANTED.findall(page.evaluate(_ALL_TEXT)))

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


@pytest.fixture(scope="module")
def atelier() -> Iterator[FilledAtelier]:
    with FilledAtelier(rows=2) as running:
        yield running


@pytest.fixture(scope="module")
def told(atelier: FilledAtelier) -> dict[str, Any]:
    code = "from tests.support import planted; print(planted.tell_planted())"
    found: dict[str, Any] = json.loads(atelier.manage("shell", "--no-imports", "-c", code).stdout.splitlines()[-1])
    return found


@pytest.fixture
def walk(chromium: Browser, atelier: FilledAtelier, told: dict[str, Any]) -> Iterator[Walk]:
    walk = Walk(chromium, atelier, told["columns"])
    yield walk
    walk.close()


def test_markup_in_any_text_is_shown_and_never_run(walk: Walk, atelier: FilledAtelier, told: dict[str, Any]) -> None:
    for page in atelier.pages:
        walk.visit(page.viewer, page.path)
    for viewer, path in told["pages"]:
        walk.visit(Viewer(viewer), path)

    assert walk.faults == []
    assert set(told["columns"]) - walk.shown == set(NOWHERE)


def test_questions_about_chosen_pieces_show_markup_and_run_nothing(walk: Walk) -> None:
    page = walk.page_of(Viewer.PERSON)
    page.goto("/gallery")
    page.get_by_role("button", name="Choose all").click()
    question = page.get_by_role("dialog")
    for action in ("Publish", "Make private", "Tag", "Delete"):
        page.get_by_role("button", name=action, exact=True).click()
        expect(question).to_contain_text(PLANTED)
        walk.look(page)
        question.get_by_role("link", name="Cancel").click()
        expect(question).to_be_hidden()

    assert walk.faults == []


def test_walk_would_notice_a_script(walk: Walk, told: dict[str, Any]) -> None:
    page = walk.page_of(Viewer.NOBODY)
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hit(0)>')")
    page.wait_for_function("() => window.hits.length > 0")

    walk.look(page)

    assert [re.sub(r"^\S+ ", "", fault) for fault in walk.faults] == [
        f"ran {told['columns'][0]}",
        "markup of people became elements",
    ]

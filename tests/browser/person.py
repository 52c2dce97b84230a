"""Somebody who uses the studio in a browser."""

import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PASSWORD = "a-long-passphrase-9"
# An upper bound for a picture on two cores that do many other things as well; nothing waits this long for its own sake.
PATIENCE_SECONDS = 240


class Person:
    """A page of one person, with what people do in it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name

    def sign_up(self) -> None:
        """Make an account and arrive in the studio.

        As many sign-ups as quick tests make from one address are refused for up to a minute: then once more.
        """
        studio = self.page.get_by_role("heading", name="New picture")
        refusal = self.page.get_by_text("You are sending too many requests.")
        deadline = time.monotonic() + PATIENCE_SECONDS
        self._fill_sign_up()
        expect(studio.or_(refusal)).to_be_visible()
        while refusal.is_visible() and time.monotonic() < deadline:
            self.page.wait_for_timeout(5000)
            self._fill_sign_up()
            expect(studio.or_(refusal)).to_be_visible()
        expect(studio).to_be_visible()

    def _fill_sign_up(self) -> None:
        self.page.goto("/")
        self.page.get_by_role("link", name="Create an account").click()
        self.page.locator("[name=username]").fill(self.name)
        self.page.locator("[name=email]").fill(f"{self.name}@example.org")
        self.page.locator("[name=password1]").fill(PASSWORD)
        self.page.locator("[name=password2]").fill(PASSWORD)
        self.page.get_by_role("button", name="Create account").click()

    def sign_in(self) -> None:
        self.page.goto("/accounts/login/")
        self.page.locator("[name=login]").fill(self.name)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()

    def set_more(self, **values: str) -> None:
        """Fill fields of the folded part, by their names."""
        more = self.page.locator("details.more")
        if more.get_attribute("open") is None:
            more.locator("summary").click()
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def open_tab(self, name: str) -> None:
        """Turn the composer to another kind of work."""
        tabs = self.page.get_by_role("navigation", name="What to make")
        tabs.get_by_role("link", name=name, exact=True).click()
        expect(tabs.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")

    def drop(self, file: Path) -> None:
        """Drop a file on the composer, as from a folder's window: the browser makes the events, not a script."""
        place = self.page.locator("[data-drop]")
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        session = self.page.context.new_cdp_session(self.page)
        for event in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": event, **middle, "data": data})
        session.detach()
        expect(self.page.get_by_alt_text("The picture to start from")).to_be_visible()

    def send(self, button: str) -> Locator:
        """Send the form as it stands; returns the card of the new job."""
        cards = self.page.locator("li.job")
        before = cards.count()
        self.page.get_by_role("button", name=button, exact=True).click()
        expect(cards).to_have_count(before + 1)
        return self.page.locator(f"#job-{cards.first.get_attribute('data-job')}")

    def ask(self, prompt: str, **more: str) -> Locator:
        """Send the form with `prompt`; returns the card of the new job."""
        if more:
            self.set_more(**more)
        self.page.locator("[name=prompt]").fill(prompt)
        return self.send("Make picture")

    def wait_live(self) -> None:
        """Until the page is told what happens."""
        expect(self.page.locator("[data-tray][data-live]")).to_have_count(1)

    def create_key(self) -> str:
        """An API key, made with this browser's session."""
        token = self.page.locator("#studio-form [name=csrfmiddlewaretoken]").input_value()
        answer = self.page.request.post("/api/v1/keys", data={"name": "tests"}, headers={"X-CSRFToken": token})
        assert answer.status == 201, answer.text()
        key: str = answer.json()["key"]
        return key


def wait_ended_well(card: Locator) -> None:
    """Until the card's job has succeeded."""
    expect(card).to_have_attribute("data-status", re.compile("succeeded|failed|cancelled"))
    assert card.get_attribute("data-status") == "succeeded", card.inner_text()


def wait_succeeded(card: Locator) -> None:
    """Until the card shows its picture, loaded."""
    wait_ended_well(card)
    picture = card.locator("img[data-picture]").first
    expect(picture).to_be_visible()
    card.page.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())

"""A running Atelier, a real browser, and people who sign up in it."""

import uuid
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.person import PATIENCE_SECONDS, Person
from tests.support.chromium import launch
from tests.support.processes import RunningAtelier


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What Atelier printed belongs to the report of a failure."""
    report = yield
    running = getattr(item, "funcargs", {}).get("atelier")
    if report.failed and running is not None:
        report.sections.append(("Atelier's log", running.log()[-8000:]))
    return report


@pytest.fixture(scope="package")
def atelier() -> Iterator[RunningAtelier]:
    """One Atelier for all browser tests. A job whose worker dies fails at once."""
    with RunningAtelier(environment={"JOB_MAX_ATTEMPTS": "1"}) as running:
        yield running


@pytest.fixture(scope="module")
def _playwright() -> Iterator[Playwright]:
    # Its event loop counts as running in this thread, and Django refuses to query beside one: not beyond the module.
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(_playwright: Playwright) -> Iterator[Browser]:
    browser = launch(_playwright, timeout_seconds=PATIENCE_SECONDS)
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    yield browser
    browser.close()


@pytest.fixture
def open_context(atelier: RunningAtelier, chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens further browsers with cookies of their own; what a page logs as an error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_ours(message.text) else None)

    def open_one(**options: object) -> BrowserContext:
        context = chromium.new_context(**{"base_url": atelier.base_url, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.on("page", watch)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def _is_ours(text: str) -> bool:
    """Whether a line of the console tells of a fault of the page: refused code, not an answer that a test asked for."""
    return "Content Security Policy" in text or "Uncaught" in text


@pytest.fixture
def sign_up(open_context: Callable[..., BrowserContext]) -> Callable[..., Person]:
    """Makes an account through the page of a new browser, and stays in the studio."""

    def make(**options: object) -> Person:
        person = Person(open_context(**options).new_page(), f"person{uuid.uuid4().hex[:8]}")
        person.sign_up()
        return person

    return make


@pytest.fixture
def person(sign_up: Callable[..., Person]) -> Person:
    return sign_up()
